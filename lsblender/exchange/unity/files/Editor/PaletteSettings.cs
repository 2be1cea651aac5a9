// SPDX-License-Identifier: MIT
using System.IO;
using UnityEditor;
using UnityEngine;

namespace Lsblender
{
    /// <summary>A palette is a table of colours: no small copies of it, and no way round from its end to its start.</summary>
    public class PaletteSettings : AssetPostprocessor
    {
        void OnPreprocessTexture()
        {
            string folder = Path.GetDirectoryName(assetPath);
            if (!Path.GetFileName(assetPath).StartsWith("palette_")) return;
            if (!File.Exists(Path.Combine(folder, "..", "landscape.json"))) return;
            var importer = (TextureImporter)assetImporter;
            importer.mipmapEnabled = false;
            importer.wrapMode = TextureWrapMode.Clamp;
            importer.textureCompression = TextureImporterCompression.Uncompressed;
        }
    }
}
