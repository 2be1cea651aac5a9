// SPDX-License-Identifier: MIT
using System;
using UnityEngine;

namespace Lsblender
{
    /// <summary>What landscape.json says: a film's shots, in Unity's metres and axes (left-handed, y up).</summary>
    [Serializable]
    public class LandscapeFilm
    {
        public string title;
        public string generator;
        public string units;
        public string axes;
        public float fps;
        public Shot[] shots;

        /// <summary>Reads the text of landscape.json.</summary>
        public static LandscapeFilm FromJson(string text)
        {
            return JsonUtility.FromJson<LandscapeFilm>(text);
        }

        [Serializable]
        public class Shot
        {
            public int number;
            public string title;
            public int firstFrame;
            public int lastFrame;
            public float seconds;
            public float scale;
            public Grid grid;
            public Heights heights;
            public HeightMap heightMap;
            public Palette palette;
            public Files files;
            public Ball[] balls;
        }

        /// <summary>The landscape's own coordinates: theta_0 along -x, theta_1 along -z.</summary>
        [Serializable]
        public class Grid
        {
            public int[] points;
            public string[] axisNames;
            public double[] first;
            public double[] last;
            public double[] metresPerUnit;
            public double[] centre;
            /// <summary>Shares of the path's variance that the axes hold; empty where that has no meaning.</summary>
            public double[] explainedVariance;
        }

        /// <summary>The height in metres (y) of a loss: straight lines through the table's points.</summary>
        [Serializable]
        public class Heights
        {
            public string quantity;
            public string scale;
            public double lowest;
            public double highest;
            public float relief;
            public float floor;
            public double[] tableLoss;
            public float[] tableMetres;
        }

        /// <summary>A RAW height map for Unity's Terrain: Import Raw, 16 bit, Windows byte order, not flipped.</summary>
        [Serializable]
        public class HeightMap
        {
            public string file;
            public int resolution;
            public float[] size;
            public float[] position;
        }

        [Serializable]
        public class Palette
        {
            public string name;
            public string file;
            public string accent;
            public string deep;
        }

        [Serializable]
        public class Files
        {
            public string glb;
            public string fbx;
            public string cloud;
            public string surface;
        }

        [Serializable]
        public class Ball
        {
            public string name;
            public string optimizer;
            public string colour;
            public float radius;
            public int firstStep;
            public int lastStep;
            public string table;
            public string path;
            public string pathCloud;
        }
    }
}
