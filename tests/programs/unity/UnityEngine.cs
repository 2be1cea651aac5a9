// As much of UnityEngine as the package's scripts use, with the signatures of Unity 2019.4 and what they do there.
// A member that Unity does not have fails to compile.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Serialization.Json;
using System.Text;
using UnityEngine.Rendering;

namespace UnityEngine
{
    public struct Vector3
    {
        public float x, y, z;

        public Vector3(float x, float y, float z)
        {
            this.x = x;
            this.y = y;
            this.z = z;
        }

        public static Vector3 zero { get { return new Vector3(0f, 0f, 0f); } }
        public static Vector3 one { get { return new Vector3(1f, 1f, 1f); } }

        public static Vector3 operator *(Vector3 a, float d)
        {
            return new Vector3(a.x * d, a.y * d, a.z * d);
        }

        public static Vector3 Lerp(Vector3 a, Vector3 b, float t)
        {
            t = Mathf.Clamp01(t);
            return new Vector3(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t, a.z + (b.z - a.z) * t);
        }
    }

    public struct Quaternion
    {
        public float x, y, z, w;

        public Quaternion(float x, float y, float z, float w)
        {
            this.x = x;
            this.y = y;
            this.z = z;
            this.w = w;
        }

        public static Quaternion identity { get { return new Quaternion(0f, 0f, 0f, 1f); } }

        /// Along the shorter arc, as Unity's.
        public static Quaternion Slerp(Quaternion a, Quaternion b, float t)
        {
            t = Mathf.Clamp01(t);
            double dot = (double)a.x * b.x + (double)a.y * b.y + (double)a.z * b.z + (double)a.w * b.w;
            double sign = dot < 0 ? -1 : 1;
            double angle = Math.Acos(Math.Min(1.0, dot * sign));
            double first = 1 - t, second = t * sign;
            if (angle > 1e-6)
            {
                first = Math.Sin((1 - t) * angle) / Math.Sin(angle);
                second = sign * Math.Sin(t * angle) / Math.Sin(angle);
            }
            return new Quaternion(
                (float)(a.x * first + b.x * second), (float)(a.y * first + b.y * second),
                (float)(a.z * first + b.z * second), (float)(a.w * first + b.w * second));
        }
    }

    public struct Color32
    {
        public byte r, g, b, a;

        public Color32(byte r, byte g, byte b, byte a)
        {
            this.r = r;
            this.g = g;
            this.b = b;
            this.a = a;
        }
    }

    public static class Mathf
    {
        public static float Min(float a, float b) { return a < b ? a : b; }
        public static float Max(float a, float b) { return a > b ? a : b; }
        public static int Min(int a, int b) { return a < b ? a : b; }
        public static int Max(int a, int b) { return a > b ? a : b; }
        public static float Clamp(float value, float min, float max) { return Max(min, Min(max, value)); }
        public static float Clamp01(float value) { return Clamp(value, 0f, 1f); }
        public static float Lerp(float a, float b, float t) { return a + (b - a) * Clamp01(t); }
        public static int FloorToInt(float f) { return (int)Math.Floor(f); }
    }

    public class Object
    {
        public string name { get; set; }

        /// A copy with its children; components other than the transform are not needed here.
        public static T Instantiate<T>(T original, Transform parent) where T : Object
        {
            return (T)(Object)Copy((GameObject)(Object)original, parent);
        }

        static GameObject Copy(GameObject original, Transform parent)
        {
            var copy = new GameObject(original.name);
            copy.transform.SetParent(parent);
            foreach (Transform child in original.transform.children) Copy(child.gameObject, copy.transform);
            return copy;
        }
    }

    public class Component : Object
    {
        public GameObject gameObject { get; internal set; }
        public Transform transform { get { return gameObject.transform; } }
        public T GetComponent<T>() { return gameObject.GetComponent<T>(); }
    }

    public class Behaviour : Component
    {
        public bool enabled { get; set; }
    }

    public class MonoBehaviour : Behaviour
    {
    }

    public class Animator : Behaviour
    {
    }

    public class Transform : Component
    {
        internal readonly List<Transform> children = new List<Transform>();

        public Vector3 localPosition { get; set; }
        public Quaternion localRotation { get; set; }
        public Vector3 localScale { get; set; }

        public void SetParent(Transform parent)
        {
            parent.children.Add(this);
        }

        public Transform Find(string n)
        {
            return children.FirstOrDefault(child => child.gameObject.name == n);
        }
    }

    public class GameObject : Object
    {
        readonly List<Component> components = new List<Component>();
        readonly HashSet<Component> awake = new HashSet<Component>();

        public GameObject(string name)
        {
            this.name = name;
            activeSelf = true;
            transform = new Transform { gameObject = this, localRotation = Quaternion.identity, localScale = Vector3.one };
            components.Add(transform);
        }

        public Transform transform { get; private set; }
        public bool activeSelf { get; private set; }

        public T AddComponent<T>() where T : Component
        {
            var component = (T)Activator.CreateInstance(typeof(T));
            component.gameObject = this;
            component.name = name;
            components.Add(component);
            if (activeSelf && Application.isPlaying) Wake(component);
            return component;
        }

        public T GetComponent<T>()
        {
            return components.OfType<T>().FirstOrDefault();
        }

        /// Awake comes once, OnEnable each time.
        public void SetActive(bool value)
        {
            bool was = activeSelf;
            activeSelf = value;
            if (value && !was) foreach (Component component in components.ToArray()) Wake(component);
        }

        void Wake(Component component)
        {
            if (awake.Add(component)) Engine.Send(component, "Awake");
            Engine.Send(component, "OnEnable");
        }

        internal IEnumerable<GameObject> Family()
        {
            yield return this;
            foreach (Transform child in transform.children)
                foreach (GameObject member in child.gameObject.Family())
                    yield return member;
        }

        internal void Update()
        {
            if (!activeSelf) return;
            foreach (Component component in components.ToArray()) Engine.Send(component, "Update");
        }
    }

    public static class Application
    {
        public static bool isPlaying { get; internal set; }
    }

    /// What runs the scripts: of the stand-in only, and not used by them.
    public static class Engine
    {
        public static void Play()
        {
            Application.isPlaying = true;
        }

        /// One frame of so many seconds.
        public static void Step(float seconds, GameObject root)
        {
            Time.deltaTime = seconds;
            foreach (GameObject member in root.Family().ToArray()) member.Update();
        }

        internal static void Send(object target, string message)
        {
            const BindingFlags any = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
            MethodInfo method = target.GetType().GetMethod(message, any, null, Type.EmptyTypes, null);
            if (method == null) return;
            try
            {
                method.Invoke(target, null);
            }
            catch (TargetInvocationException error)
            {
                throw new Exception(message + " failed", error.InnerException);
            }
        }
    }

    public static class Time
    {
        public static float deltaTime { get; internal set; }
    }

    public static class Debug
    {
        public static void Log(object message) { Console.WriteLine(message); }
    }

    public class TextAsset : Object
    {
        public TextAsset(string text) { this.text = text; }
        public string text { get; private set; }
    }

    public static class JsonUtility
    {
        /// Fields by their names; what the class does not know is left out, what the text lacks stays as it is.
        public static T FromJson<T>(string json)
        {
            var serializer = new DataContractJsonSerializer(typeof(T));
            return (T)serializer.ReadObject(new MemoryStream(Encoding.UTF8.GetBytes(json)));
        }
    }

    public class Shader : Object
    {
        public static Shader Find(string name) { return new Shader { name = name }; }
    }

    public class Material : Object
    {
        public readonly Dictionary<string, float> floats = new Dictionary<string, float>();
        public Material(Shader shader) { this.shader = shader; }
        public Shader shader { get; set; }
        public void SetFloat(string name, float value) { floats[name] = value; }
    }

    public enum MeshTopology { Triangles = 0, Quads = 2, Lines = 3, LineStrip = 4, Points = 5 }

    public class Mesh : Object
    {
        int[] indices = new int[0];
        public IndexFormat indexFormat { get; set; }
        public Vector3[] vertices { get; set; }
        public Color32[] colors32 { get; set; }
        public MeshTopology topology { get; private set; }
        public int[] triangles { get { return indices; } set { SetIndices(value, MeshTopology.Triangles, 0); } }

        public void SetIndices(int[] indices, MeshTopology topology, int submesh)
        {
            if (indexFormat == IndexFormat.UInt16 && indices.Any(index => index > 65535))
                throw new ArgumentException("16 bits are not enough");
            this.indices = indices;
            this.topology = topology;
        }

        public int[] GetIndices(int submesh) { return indices; }
        public void RecalculateNormals() { }
        public void RecalculateBounds() { }
    }

    public class MeshFilter : Component
    {
        public Mesh sharedMesh { get; set; }
    }

    public class Renderer : Component
    {
        public Material sharedMaterial { get; set; }
    }

    public class MeshRenderer : Renderer
    {
    }

    public class LineRenderer : Renderer
    {
        public Vector3[] positions = new Vector3[0];

        public int positionCount
        {
            get { return positions.Length; }
            set { Array.Resize(ref positions, value); }
        }

        public void SetPosition(int index, Vector3 position) { positions[index] = position; }
    }

    public enum TextureWrapMode { Repeat, Clamp, Mirror, MirrorOnce }

    [AttributeUsage(AttributeTargets.Field)]
    public class TooltipAttribute : Attribute
    {
        public TooltipAttribute(string tooltip) { }
    }

    [AttributeUsage(AttributeTargets.Field)]
    public class RangeAttribute : Attribute
    {
        public RangeAttribute(float min, float max) { }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public class AddComponentMenu : Attribute
    {
        public AddComponentMenu(string menuName) { }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public class RequireComponent : Attribute
    {
        public RequireComponent(Type requiredComponent) { }
    }
}

namespace UnityEngine.Rendering
{
    public enum IndexFormat { UInt16, UInt32 }
}

namespace UnityEngine.Events
{
    public delegate void UnityAction();
    public delegate void UnityAction<T0>(T0 arg0);
    public delegate void UnityAction<T0, T1, T2>(T0 arg0, T1 arg1, T2 arg2);

    [Serializable]
    public class UnityEvent
    {
        UnityAction calls;
        public void AddListener(UnityAction call) { calls += call; }
        public void Invoke() { if (calls != null) calls(); }
    }

    [Serializable]
    public abstract class UnityEvent<T0>
    {
        UnityAction<T0> calls;
        public void AddListener(UnityAction<T0> call) { calls += call; }
        public void Invoke(T0 arg0) { if (calls != null) calls(arg0); }
    }

    [Serializable]
    public abstract class UnityEvent<T0, T1, T2>
    {
        UnityAction<T0, T1, T2> calls;
        public void AddListener(UnityAction<T0, T1, T2> call) { calls += call; }
        public void Invoke(T0 arg0, T1 arg1, T2 arg2) { if (calls != null) calls(arg0, arg1, arg2); }
    }
}
