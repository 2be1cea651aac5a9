// SPDX-License-Identifier: MIT
using System.Collections.Generic;
using System.IO;
using UnityEditor;
using UnityEngine;

namespace Lsblender
{
    /// <summary>GameObject > Loss Landscape > Film: puts the film of a landscape.json into the scene, ready to play.</summary>
    public static class FilmMenu
    {
        [MenuItem("GameObject/Loss Landscape/Film", false, 10)]
        static void AddFilm()
        {
            string path = FindFilm();
            if (path == null)
            {
                EditorUtility.DisplayDialog("Loss Landscape", "There is no landscape.json in this project.", "OK");
                return;
            }
            GameObject film = Build(path);
            Undo.RegisterCreatedObjectUndo(film, "Add film");
            Selection.activeGameObject = film;
        }

        /// <summary>The selected landscape.json, or the first one of the project.</summary>
        static string FindFilm()
        {
            string selected = AssetDatabase.GetAssetPath(Selection.activeObject);
            if (Path.GetFileName(selected) == "landscape.json") return selected;
            foreach (string guid in AssetDatabase.FindAssets("landscape t:TextAsset"))
            {
                string path = AssetDatabase.GUIDToAssetPath(guid);
                if (Path.GetFileName(path) == "landscape.json") return path;
            }
            return null;
        }

        /// <summary>The film of the landscape.json at an asset path.</summary>
        public static GameObject Build(string path)
        {
            string folder = Path.GetDirectoryName(path).Replace('\\', '/') + "/";
            LandscapeFilm film = LandscapeFilm.FromJson(AssetDatabase.LoadAssetAtPath<TextAsset>(path).text);
            var root = new GameObject(string.IsNullOrEmpty(film.title) ? "Loss Landscape" : film.title);
            var landscapes = new List<GameObject>();
            foreach (LandscapeFilm.Shot shot in film.shots)
            {
                var model = AssetDatabase.LoadAssetAtPath<GameObject>(folder + shot.files.fbx);
                GameObject landscape = Object.Instantiate(model, root.transform);
                landscape.name = "Shot " + shot.number;
                AddPlayer(landscape, shot, folder);
                landscapes.Add(landscape);
            }
            root.AddComponent<LandscapeSwitcher>().landscapes = landscapes.ToArray();
            return root;
        }

        static void AddPlayer(GameObject landscape, LandscapeFilm.Shot shot, string folder)
        {
            // the file's own animation would move the balls too
            var animator = landscape.GetComponent<Animator>();
            if (animator != null) animator.enabled = false;
            var balls = new LandscapePlayer.Ball[shot.balls.Length];
            for (int k = 0; k < balls.Length; k++)
            {
                LandscapeFilm.Ball ball = shot.balls[k];
                balls[k] = new LandscapePlayer.Ball
                {
                    ball = landscape.transform.Find("Ball_" + (k + 1)),
                    table = AssetDatabase.LoadAssetAtPath<TextAsset>(folder + ball.table),
                    firstStep = ball.firstStep,
                };
                if (!string.IsNullOrEmpty(ball.path))
                    balls[k].path = AssetDatabase.LoadAssetAtPath<TextAsset>(folder + ball.path);
            }
            landscape.AddComponent<LandscapePlayer>().balls = balls;
        }
    }
}
