// SPDX-License-Identifier: MIT
using System;
using System.Globalization;
using UnityEngine;

namespace Lsblender
{
    /// <summary>A ball's way, frame by frame: a table ball_N_K.csv.</summary>
    public class BallTable
    {
        public float[] time;
        public Vector3[] position;
        public Vector3[] contact;
        public Quaternion[] rotation;
        public float[] radius;
        public float[] step;
        public float[] loss;

        public int Count { get { return time.Length; } }

        /// <summary>Seconds from the first frame to the last one.</summary>
        public float Duration { get { return time[time.Length - 1]; } }

        /// <summary>Reads the table's text. Throws FormatException where a column or a number is missing.</summary>
        public static BallTable Parse(string text)
        {
            string[] lines = text.Split(new[] { '\n' }, StringSplitOptions.RemoveEmptyEntries);
            if (lines.Length < 2) throw new FormatException("The ball's table has no rows");
            string[] names = lines[0].Trim().Split(',');
            int count = lines.Length - 1;
            var columns = new float[names.Length][];
            for (int c = 0; c < names.Length; c++) columns[c] = new float[count];
            for (int row = 0; row < count; row++)
            {
                string[] cells = lines[row + 1].Trim().Split(',');
                if (cells.Length != names.Length)
                    throw new FormatException("Row " + (row + 1) + " of the ball's table has " + cells.Length + " cells");
                for (int c = 0; c < names.Length; c++)
                    columns[c][row] = Number(cells[c]);
            }
            return new BallTable
            {
                time = Column(names, columns, "time"),
                position = Vectors(names, columns, "x", "y", "z"),
                contact = Vectors(names, columns, "contact_x", "contact_y", "contact_z"),
                rotation = Rotations(names, columns),
                radius = Column(names, columns, "radius"),
                step = Column(names, columns, "step"),
                loss = Column(names, columns, "loss"),
            };
        }

        /// <summary>The losses of a path, step by step: the last column of a table path_N.csv.</summary>
        public static float[] ParseLosses(string text)
        {
            string[] lines = text.Split(new[] { '\n' }, StringSplitOptions.RemoveEmptyEntries);
            var losses = new float[lines.Length - 1];
            for (int row = 0; row < losses.Length; row++)
            {
                string line = lines[row + 1].Trim();
                losses[row] = Number(line.Substring(line.LastIndexOf(',') + 1));
            }
            return losses;
        }

        /// <summary>A number as the tables have it, whatever the language of the system.</summary>
        static float Number(string text)
        {
            if (text == "nan") return float.NaN;
            if (text == "inf") return float.PositiveInfinity;
            if (text == "-inf") return float.NegativeInfinity;
            return (float)double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        }

        /// <summary>The frame at or before a time, and the share of the way to the next one.</summary>
        public int FrameAt(float seconds, out float share)
        {
            int last = Count - 1;
            share = 0f;
            if (last == 0 || seconds <= time[0]) return 0;
            if (seconds >= time[last]) return last;
            int frame = Array.BinarySearch(time, seconds);
            if (frame >= 0) return frame;
            frame = ~frame - 1;
            share = (seconds - time[frame]) / (time[frame + 1] - time[frame]);
            return frame;
        }

        public Vector3 PositionAt(int frame, float share)
        {
            return share > 0f ? Vector3.Lerp(position[frame], position[frame + 1], share) : position[frame];
        }

        public Quaternion RotationAt(int frame, float share)
        {
            return share > 0f ? Quaternion.Slerp(rotation[frame], rotation[frame + 1], share) : rotation[frame];
        }

        public float RadiusAt(int frame, float share)
        {
            return share > 0f ? Mathf.Lerp(radius[frame], radius[frame + 1], share) : radius[frame];
        }

        /// <summary>The optimizer's step, with fractions between two steps.</summary>
        public float StepAt(int frame, float share)
        {
            return share > 0f ? Mathf.Lerp(step[frame], step[frame + 1], share) : step[frame];
        }

        static float[] Column(string[] names, float[][] columns, string name)
        {
            int c = Array.IndexOf(names, name);
            if (c < 0) throw new FormatException("The ball's table has no column " + name);
            return columns[c];
        }

        static Vector3[] Vectors(string[] names, float[][] columns, string x, string y, string z)
        {
            float[] xs = Column(names, columns, x), ys = Column(names, columns, y), zs = Column(names, columns, z);
            var vectors = new Vector3[xs.Length];
            for (int k = 0; k < xs.Length; k++) vectors[k] = new Vector3(xs[k], ys[k], zs[k]);
            return vectors;
        }

        static Quaternion[] Rotations(string[] names, float[][] columns)
        {
            float[] xs = Column(names, columns, "qx"), ys = Column(names, columns, "qy");
            float[] zs = Column(names, columns, "qz"), ws = Column(names, columns, "qw");
            var rotations = new Quaternion[xs.Length];
            for (int k = 0; k < xs.Length; k++) rotations[k] = new Quaternion(xs[k], ys[k], zs[k], ws[k]);
            return rotations;
        }
    }
}
