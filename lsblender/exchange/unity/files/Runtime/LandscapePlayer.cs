// SPDX-License-Identifier: MIT
using System;
using UnityEngine;
using UnityEngine.Events;

namespace Lsblender
{
    /// <summary>
    /// Plays the balls of one landscape along their tables, all on one clock. Balls are placed in the space of their
    /// parents, which should be the landscape.
    /// </summary>
    [AddComponentMenu("Loss Landscape/Landscape Player")]
    public class LandscapePlayer : MonoBehaviour
    {
        /// <summary>The ball's number, from 0, the optimizer's step and the true loss there.</summary>
        [Serializable]
        public class StepEvent : UnityEvent<int, int, float>
        {
        }

        [Serializable]
        public class Ball
        {
            [Tooltip("What is moved")]
            public Transform ball;
            [Tooltip("ball_N_K.csv")]
            public TextAsset table;
            [Tooltip("path_N.csv, for the loss of every step; may be missing")]
            public TextAsset path;
            [Tooltip("The optimizer's step in the first row of the path")]
            public int firstStep;
            [Tooltip("A line that grows behind the ball; may be missing")]
            public LineRenderer trail;
        }

        public Ball[] balls = new Ball[0];

        [Tooltip("1 is the film's own speed")]
        [Range(0f, 10f)]
        public float speed = 1f;

        [Tooltip("Begin again at the end")]
        public bool loop = true;

        public bool playOnStart = true;

        [Tooltip("For every step of every optimizer, when its ball comes by")]
        public StepEvent onStep = new StepEvent();

        [Tooltip("At the end, if it does not begin again")]
        public UnityEvent onFinished = new UnityEvent();

        BallTable[] tables = new BallTable[0];
        float[][] losses = new float[0][];
        int[] lastStep = new int[0];
        Vector3[] sizes = new Vector3[0];
        float[] largest = new float[0];
        float seconds;
        bool finished;

        public bool IsPlaying { get; private set; }

        /// <summary>Seconds of the longest table.</summary>
        public float Duration { get; private set; }

        /// <summary>Seconds since the first frame.</summary>
        public float Seconds { get { return seconds; } }

        public BallTable Table(int ball)
        {
            return tables[ball];
        }

        void Awake()
        {
            Load();
        }

        void OnEnable()
        {
            if (playOnStart) Play();
        }

        void Update()
        {
            if (IsPlaying) Advance(Time.deltaTime * speed);
        }

        /// <summary>Reads the tables; needed again after they have been changed.</summary>
        public void Load()
        {
            tables = new BallTable[balls.Length];
            losses = new float[balls.Length][];
            lastStep = new int[balls.Length];
            sizes = new Vector3[balls.Length];
            largest = new float[balls.Length];
            Duration = 0f;
            for (int k = 0; k < balls.Length; k++)
            {
                tables[k] = BallTable.Parse(balls[k].table.text);
                losses[k] = balls[k].path != null ? BallTable.ParseLosses(balls[k].path.text) : new float[0];
                sizes[k] = balls[k].ball != null ? balls[k].ball.localScale : Vector3.one;
                foreach (float radius in tables[k].radius) largest[k] = Mathf.Max(largest[k], radius);
                Duration = Mathf.Max(Duration, tables[k].Duration);
            }
            Restart();
        }

        public void Play()
        {
            IsPlaying = true;
        }

        public void Pause()
        {
            IsPlaying = false;
        }

        /// <summary>Back to the first frame; the first step is announced when the clock runs.</summary>
        public void Restart()
        {
            finished = false;
            Seek(0f);
            for (int k = 0; k < lastStep.Length; k++) lastStep[k] = Mathf.FloorToInt(tables[k].step[0]) - 1;
        }

        /// <summary>Jumps to a time without announcing steps.</summary>
        public void Seek(float time)
        {
            seconds = Mathf.Clamp(time, 0f, Duration);
            for (int k = 0; k < tables.Length; k++)
            {
                float share;
                int frame = tables[k].FrameAt(seconds, out share);
                lastStep[k] = Whole(tables[k].StepAt(frame, share));
                Place(k, frame, share);
            }
        }

        /// <summary>Lets so many seconds pass: moves the balls and announces the steps that they come by.</summary>
        public void Advance(float delta)
        {
            float time = seconds + delta;
            while (loop && Duration > 0f && time > Duration)
            {
                MoveTo(Duration);
                time -= Duration;
                Restart();
            }
            MoveTo(Mathf.Min(time, Duration));
            if (!loop && time >= Duration && !finished)
            {
                finished = true;
                IsPlaying = false;
                onFinished.Invoke();
            }
        }

        void MoveTo(float time)
        {
            seconds = time;
            for (int k = 0; k < tables.Length; k++)
            {
                float share;
                int frame = tables[k].FrameAt(seconds, out share);
                Place(k, frame, share);
                int step = Whole(tables[k].StepAt(frame, share));
                for (int passed = lastStep[k] + 1; passed <= step; passed++)
                    onStep.Invoke(k, passed, LossAt(k, passed, frame));
                lastStep[k] = Mathf.Max(lastStep[k], step);
            }
        }

        /// <summary>The true loss of a step; without a path's table, that of the frame.</summary>
        float LossAt(int k, int step, int frame)
        {
            int row = step - balls[k].firstStep;
            return row >= 0 && row < losses[k].Length ? losses[k][row] : tables[k].loss[frame];
        }

        /// <summary>The last whole step; one that is reached but for rounding counts.</summary>
        static int Whole(float step)
        {
            return Mathf.FloorToInt(step + 1e-4f);
        }

        void Place(int k, int frame, float share)
        {
            BallTable table = tables[k];
            Transform ball = balls[k].ball;
            if (ball != null)
            {
                ball.localPosition = table.PositionAt(frame, share);
                ball.localRotation = table.RotationAt(frame, share);
                if (largest[k] > 0f) ball.localScale = sizes[k] * (table.RadiusAt(frame, share) / largest[k]);
            }
            LineRenderer trail = balls[k].trail;
            if (trail == null) return;
            trail.positionCount = frame + (share > 0f ? 2 : 1);
            for (int f = 0; f <= frame; f++) trail.SetPosition(f, table.contact[f]);
            if (share > 0f)
                trail.SetPosition(frame + 1, Vector3.Lerp(table.contact[frame], table.contact[frame + 1], share));
        }
    }
}
