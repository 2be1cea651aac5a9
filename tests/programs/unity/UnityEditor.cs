// As much of UnityEditor as the package's scripts use. Assets are files of the current folder; of a model only the names
// of its nodes are known, from a text file beside it.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using UnityEngine;

namespace UnityEditor
{
    public static class AssetDatabase
    {
        public static string GetAssetPath(UnityEngine.Object assetObject)
        {
            return assetObject == null ? "" : assetObject.name;
        }

        public static string[] FindAssets(string filter)
        {
            string word = filter.Split(' ')[0];
            return Directory.GetFiles(".", "*", SearchOption.AllDirectories)
                .Where(path => Path.GetFileNameWithoutExtension(path).Contains(word)).ToArray();
        }

        public static string GUIDToAssetPath(string guid) { return guid.Replace('\\', '/'); }

        public static T LoadAssetAtPath<T>(string assetPath) where T : UnityEngine.Object
        {
            if (typeof(T) == typeof(TextAsset))
                return (T)(UnityEngine.Object)new TextAsset(File.ReadAllText(assetPath));
            var model = new GameObject(Path.GetFileNameWithoutExtension(assetPath));
            foreach (string name in File.ReadAllLines(assetPath + ".nodes"))
                new GameObject(name).transform.SetParent(model.transform);
            return (T)(UnityEngine.Object)model;
        }
    }

    public static class Selection
    {
        public static UnityEngine.Object activeObject { get; set; }
        public static GameObject activeGameObject { get; set; }
    }

    public static class Undo
    {
        public static void RegisterCreatedObjectUndo(UnityEngine.Object objectToUndo, string name) { }
    }

    public static class EditorUtility
    {
        public static bool DisplayDialog(string title, string message, string ok)
        {
            Console.WriteLine(message);
            return true;
        }
    }

    [AttributeUsage(AttributeTargets.Method)]
    public class MenuItem : Attribute
    {
        public MenuItem(string itemName, bool isValidateFunction, int priority) { }
    }

    public class AssetImporter : UnityEngine.Object
    {
    }

    public enum TextureImporterCompression { Uncompressed, Compressed, CompressedHQ, CompressedLQ }

    public class TextureImporter : AssetImporter
    {
        public bool mipmapEnabled { get; set; }
        public TextureWrapMode wrapMode { get; set; }
        public TextureImporterCompression textureCompression { get; set; }
    }

    public class AssetPostprocessor
    {
        public string assetPath { get; set; }
        public AssetImporter assetImporter { get; set; }
    }
}

#if UNITY_2020_2_OR_NEWER
namespace UnityEditor.AssetImporters
#else
namespace UnityEditor.Experimental.AssetImporters
#endif
{
    [AttributeUsage(AttributeTargets.Class)]
    public class ScriptedImporterAttribute : Attribute
    {
        public ScriptedImporterAttribute(int version, string ext) { }
    }

    public abstract class ScriptedImporter : UnityEditor.AssetImporter
    {
        public abstract void OnImportAsset(AssetImportContext ctx);
    }

    public class AssetImportContext
    {
        public readonly Dictionary<string, UnityEngine.Object> objects = new Dictionary<string, UnityEngine.Object>();
        public readonly List<string> errors = new List<string>();
        public UnityEngine.Object main;

        public string assetPath { get; set; }
        public void AddObjectToAsset(string identifier, UnityEngine.Object obj) { objects.Add(identifier, obj); }
        public void SetMainObject(UnityEngine.Object obj) { main = obj; }
        public void LogImportError(string msg) { errors.Add(msg); }
    }
}
