// SPDX-License-Identifier: MIT
using Lsblender;
using UnityEngine;

/// <summary>Writes every step that a ball comes by into the console. Put it beside a Landscape Player.</summary>
[RequireComponent(typeof(LandscapePlayer))]
public class StepLogger : MonoBehaviour
{
    void Start()
    {
        GetComponent<LandscapePlayer>().onStep.AddListener(Log);
    }

    void Log(int ball, int step, float loss)
    {
        Debug.Log("Ball " + (ball + 1) + ", step " + step + ": loss " + loss.ToString("G4"));
    }
}
