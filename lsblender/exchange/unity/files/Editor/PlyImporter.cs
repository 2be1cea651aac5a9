// SPDX-License-Identifier: MIT
// Pcx reads .ply files too, and Unity takes one importer for a kind of file: where Pcx is, this one steps back.
#if !LSBLENDER_PCX
using System.IO;
using UnityEngine;
#if UNITY_2020_2_OR_NEWER
using UnityEditor.AssetImporters;
#else
using UnityEditor.Experimental.AssetImporters;
#endif

namespace Lsblender
{
    /// <summary>Makes an object of a PLY file: a cloud drawn as points, or a mesh where it has faces.</summary>
    [ScriptedImporter(1, "ply")]
    public class PlyImporter : ScriptedImporter
    {
        [Tooltip("Size of a point on the screen")]
        public float pointSize = 4f;

        public override void OnImportAsset(AssetImportContext context)
        {
            string name = Path.GetFileNameWithoutExtension(context.assetPath);
            PlyCloud cloud;
            try
            {
                cloud = PlyCloud.Read(File.ReadAllBytes(context.assetPath));
            }
            catch (InvalidDataException error)
            {
                context.LogImportError(context.assetPath + ": " + error.Message);
                return;
            }
            Mesh mesh = cloud.ToMesh(name);
            var material = new Material(Shader.Find("Loss Landscape/Points")) { name = name };
            material.SetFloat("_PointSize", pointSize);
            var root = new GameObject(name);
            root.AddComponent<MeshFilter>().sharedMesh = mesh;
            root.AddComponent<MeshRenderer>().sharedMaterial = material;
            context.AddObjectToAsset("object", root);
            context.AddObjectToAsset("mesh", mesh);
            context.AddObjectToAsset("material", material);
            context.SetMainObject(root);
        }
    }
}
#endif
