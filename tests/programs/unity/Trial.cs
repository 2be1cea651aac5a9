// Runs the package's scripts on an exported folder, which is the current one, and writes what they do.
using System;
using System.Globalization;
using System.IO;
using Lsblender;
using UnityEditor;
using UnityEngine;
#if UNITY_2020_2_OR_NEWER
using UnityEditor.AssetImporters;
#else
using UnityEditor.Experimental.AssetImporters;
#endif

static class Trial
{
    static int Main(string[] words)
    {
        // a language that writes 0.5 as 0,5
        System.Threading.Thread.CurrentThread.CurrentCulture = new CultureInfo("de-DE");
        switch (words[0])
        {
            case "play": Play(int.Parse(words[1]), Number(words[2]), Number(words[3]), bool.Parse(words[4]), int.Parse(words[5])); break;
            case "cloud": Cloud(words[1], words[2]); break;
            case "film": Film(Number(words[1]), int.Parse(words[2])); break;
            case "landscape": Landscape(); break;
            default: return 2;
        }
        return 0;
    }

    static float Number(string text)
    {
        return float.Parse(text, CultureInfo.InvariantCulture);
    }

    static string Text(params double[] numbers)
    {
        return string.Join(" ", Array.ConvertAll(numbers, number => number.ToString("R", CultureInfo.InvariantCulture)));
    }

    /// The film that the menu builds: hidden until the engine plays.
    static GameObject Build()
    {
        GameObject film = FilmMenu.Build("./landscape.json");
        Engine.Play();
        return film;
    }

    /// Each ball of a shot in so many frames of dt seconds: "ball K seconds position rotation size", "step ...".
    static void Play(int shot, float dt, float speed, bool loop, int frames)
    {
        GameObject film = Build();
        GameObject landscape = film.transform.Find("Shot " + shot).gameObject;
        var player = landscape.GetComponent<LandscapePlayer>();
        player.speed = speed;
        player.loop = loop;
        foreach (LandscapePlayer.Ball ball in player.balls) ball.trail = new GameObject("trail").AddComponent<LineRenderer>();
        player.onStep.AddListener((ball, step, loss) =>
            Console.WriteLine("step " + ball + " " + Text(player.Seconds) + " " + step + " " + Text(loss)));
        player.onFinished.AddListener(() => Console.WriteLine("finished 0 " + Text(player.Seconds)));
        landscape.SetActive(false);
        landscape.SetActive(true);
        for (int frame = 0; frame <= frames; frame++)
        {
            for (int k = 0; k < player.balls.Length; k++)
            {
                Transform ball = player.balls[k].ball;
                Vector3 place = ball.localPosition, size = ball.localScale;
                Quaternion turn = ball.localRotation;
                Vector3[] trail = player.balls[k].trail.positions;
                Vector3 end = trail[trail.Length - 1];
                Console.WriteLine("ball " + k + " " + Text(player.Seconds, place.x, place.y, place.z,
                    turn.x, turn.y, turn.z, turn.w, size.x, trail.Length, end.x, end.y, end.z));
            }
            Engine.Step(dt, film);
        }
    }

    /// A PLY file through the importer; points, colours and indices as raw numbers into a file.
    static void Cloud(string path, string output)
    {
        var context = new AssetImportContext { assetPath = path };
        new PlyImporter().OnImportAsset(context);
        foreach (string error in context.errors) Console.WriteLine("error " + error);
        if (context.errors.Count > 0) return;
        Mesh mesh = ((GameObject)context.main).GetComponent<MeshFilter>().sharedMesh;
        int[] indices = mesh.GetIndices(0);
        Console.WriteLine("mesh " + mesh.vertices.Length + " " + indices.Length + " " + mesh.topology + " " + mesh.indexFormat
            + " " + ((GameObject)context.main).GetComponent<MeshRenderer>().sharedMaterial.shader.name);
        using (var writer = new BinaryWriter(File.Create(output)))
        {
            foreach (Vector3 point in mesh.vertices)
            {
                writer.Write(point.x);
                writer.Write(point.y);
                writer.Write(point.z);
            }
            foreach (Color32 colour in mesh.colors32) writer.Write(new[] { colour.r, colour.g, colour.b, colour.a });
            foreach (int index in indices) writer.Write(index);
        }
    }

    /// The whole film: "frame N current visible-landscapes heights", "shown N".
    static void Film(float dt, int frames)
    {
        GameObject film = FilmMenu.Build("./landscape.json");
        film.SetActive(false);
        Engine.Play();
        var switcher = film.GetComponent<LandscapeSwitcher>();
        switcher.transition = 1f;
        switcher.onShown.AddListener(number => Console.WriteLine("shown " + number));
        film.SetActive(true);
        foreach (GameObject landscape in switcher.landscapes)
            if (landscape.activeSelf)
            {
                landscape.SetActive(false);
                landscape.SetActive(true);
            }
        for (int frame = 0; frame < frames; frame++)
        {
            string line = "frame " + frame + " " + switcher.Current;
            foreach (GameObject landscape in switcher.landscapes)
                line += " " + (landscape.activeSelf ? Text(landscape.transform.localScale.y) : "-");
            var player = switcher.landscapes[switcher.Current].GetComponent<LandscapePlayer>();
            Console.WriteLine(line + " " + Text(player.Seconds));
            Engine.Step(dt, film);
        }
    }

    /// What landscape.json says, as the scripts read it.
    static void Landscape()
    {
        LandscapeFilm film = LandscapeFilm.FromJson(File.ReadAllText("landscape.json"));
        Console.WriteLine("fps " + Text(film.fps));
        foreach (LandscapeFilm.Shot shot in film.shots)
        {
            Console.WriteLine("shot " + shot.number + " " + shot.firstFrame + " " + shot.lastFrame + " " + Text(shot.seconds));
            Console.WriteLine("explained " + Text(shot.grid.explainedVariance));
            Console.WriteLine("heights " + Text(shot.heights.lowest, shot.heights.highest, shot.heights.relief));
            Console.WriteLine("map " + shot.heightMap.resolution + " " + Text(Array.ConvertAll(shot.heightMap.size, v => (double)v)));
            foreach (LandscapeFilm.Ball ball in shot.balls)
                Console.WriteLine("ball " + ball.colour + " " + ball.firstStep + " " + ball.lastStep + " " + ball.table);
        }
    }
}
