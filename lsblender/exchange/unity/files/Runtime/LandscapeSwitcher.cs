// SPDX-License-Identifier: MIT
using System;
using UnityEngine;
using UnityEngine.Events;

namespace Lsblender
{
    /// <summary>
    /// Shows one of several landscapes: the old one sinks flat while the next one rises, or there is a cut.
    /// </summary>
    [AddComponentMenu("Loss Landscape/Landscape Switcher")]
    public class LandscapeSwitcher : MonoBehaviour
    {
        [Serializable]
        public class ShownEvent : UnityEvent<int>
        {
        }

        [Tooltip("The landscapes in the order of the film")]
        public GameObject[] landscapes = new GameObject[0];

        [Tooltip("Seconds of a transition; 0 is a cut")]
        [Range(0f, 10f)]
        public float transition = 1.5f;

        [Tooltip("Go on to the next landscape when a player has finished")]
        public bool followFilm = true;

        [Tooltip("The first one comes after the last one")]
        public bool loop = true;

        [Tooltip("When a landscape is wholly there")]
        public ShownEvent onShown = new ShownEvent();

        int before = -1;
        float elapsed;
        Vector3[] sizes = new Vector3[0];

        /// <summary>The number, from 0, of the landscape that is there or on its way.</summary>
        public int Current { get; private set; }

        public bool InTransition { get { return before >= 0; } }

        void Awake()
        {
            sizes = new Vector3[landscapes.Length];
            for (int k = 0; k < landscapes.Length; k++)
            {
                sizes[k] = landscapes[k].transform.localScale;
                landscapes[k].SetActive(k == 0);
                var player = landscapes[k].GetComponent<LandscapePlayer>();
                if (player != null && followFilm)
                {
                    player.loop = loop && landscapes.Length == 1;
                    player.onFinished.AddListener(Next);
                }
            }
        }

        void Update()
        {
            if (InTransition) Advance(Time.deltaTime);
        }

        public void Next()
        {
            if (Current + 1 < landscapes.Length) Show(Current + 1);
            else if (loop && landscapes.Length > 1) Show(0);
        }

        public void Previous()
        {
            if (Current > 0) Show(Current - 1);
            else if (loop && landscapes.Length > 1) Show(landscapes.Length - 1);
        }

        /// <summary>Brings a landscape in; one that is still leaving is gone at once.</summary>
        public void Show(int number)
        {
            if (number < 0 || number >= landscapes.Length)
                throw new ArgumentOutOfRangeException("number", number, "There are " + landscapes.Length + " landscapes");
            if (InTransition) Finish();
            if (number == Current) return;
            before = Current;
            Current = number;
            elapsed = 0f;
            landscapes[number].SetActive(true);
            var player = landscapes[number].GetComponent<LandscapePlayer>();
            if (player != null)
            {
                player.Restart();
                player.Pause();
            }
            Advance(0f);
        }

        /// <summary>Lets so many seconds of a transition pass.</summary>
        public void Advance(float delta)
        {
            if (!InTransition) return;
            elapsed += delta;
            float share = transition > 0f ? Mathf.Clamp01(elapsed / transition) : 1f;
            float risen = share * share * (3f - 2f * share);
            Flatten(before, 1f - risen);
            Flatten(Current, risen);
            if (share >= 1f) Finish();
        }

        void Flatten(int number, float height)
        {
            Vector3 size = sizes[number];
            landscapes[number].transform.localScale = new Vector3(size.x, size.y * Mathf.Max(height, 1e-4f), size.z);
        }

        void Finish()
        {
            landscapes[before].SetActive(false);
            landscapes[before].transform.localScale = sizes[before];
            landscapes[Current].transform.localScale = sizes[Current];
            before = -1;
            var player = landscapes[Current].GetComponent<LandscapePlayer>();
            if (player != null) player.Play();
            onShown.Invoke(Current);
        }
    }
}
