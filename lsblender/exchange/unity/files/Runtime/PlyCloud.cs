// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using UnityEngine;
using UnityEngine.Rendering;

namespace Lsblender
{
    /// <summary>A point cloud or mesh from a binary little-endian PLY, in the file's own axes and units.</summary>
    public class PlyCloud
    {
        public Vector3[] points;
        public Color32[] colours;
        /// <summary>Corners of triangles; empty for a cloud.</summary>
        public int[] triangles;

        struct Property
        {
            public string name, type, countType;
            public bool IsList { get { return countType != null; } }
        }

        class Element
        {
            public string name;
            public int count;
            public readonly List<Property> properties = new List<Property>();
        }

        /// <summary>Reads a file. Throws InvalidDataException with what is wrong.</summary>
        public static PlyCloud Read(byte[] data)
        {
            int offset = 0;
            List<Element> elements = ReadHeader(data, ref offset);
            var cloud = new PlyCloud { points = new Vector3[0], colours = new Color32[0], triangles = new int[0] };
            using (var reader = new BinaryReader(new MemoryStream(data, offset, data.Length - offset)))
            {
                try
                {
                    foreach (Element element in elements)
                    {
                        if (element.name == "vertex") cloud.ReadVertices(reader, element, data.Length);
                        else if (element.name == "face") cloud.ReadFaces(reader, element);
                        else SkipElement(reader, element);
                    }
                }
                catch (EndOfStreamException)
                {
                    throw new InvalidDataException("The file ends before its data do");
                }
            }
            return cloud;
        }

        /// <summary>A mesh of points, or of triangles where the file has faces.</summary>
        public Mesh ToMesh(string name)
        {
            var mesh = new Mesh { name = name };
            if (points.Length > 65535) mesh.indexFormat = IndexFormat.UInt32;
            mesh.vertices = points;
            mesh.colors32 = colours;
            if (triangles.Length > 0)
            {
                mesh.triangles = triangles;
                mesh.RecalculateNormals();
            }
            else
            {
                var indices = new int[points.Length];
                for (int k = 0; k < indices.Length; k++) indices[k] = k;
                mesh.SetIndices(indices, MeshTopology.Points, 0);
            }
            mesh.RecalculateBounds();
            return mesh;
        }

        static List<Element> ReadHeader(byte[] data, ref int offset)
        {
            var elements = new List<Element>();
            if (NextLine(data, ref offset) != "ply") throw new InvalidDataException("This is no PLY file");
            if (NextLine(data, ref offset) != "format binary_little_endian 1.0")
                throw new InvalidDataException("Only binary little-endian PLY files can be read");
            for (string line = NextLine(data, ref offset); line != "end_header"; line = NextLine(data, ref offset))
            {
                string[] words = line.Split(new[] { ' ' }, StringSplitOptions.RemoveEmptyEntries);
                if (words.Length == 3 && words[0] == "element")
                {
                    int count;
                    if (!int.TryParse(words[2], out count) || count < 0)
                        throw new InvalidDataException("Bad number of elements: " + line);
                    elements.Add(new Element { name = words[1], count = count });
                }
                else if (words.Length >= 3 && words[0] == "property" && elements.Count > 0)
                {
                    bool list = words[1] == "list" && words.Length == 5;
                    elements[elements.Count - 1].properties.Add(new Property
                    {
                        name = words[words.Length - 1],
                        type = words[list ? 3 : 1],
                        countType = list ? words[2] : null,
                    });
                }
                else if (words.Length > 0 && words[0] != "comment" && words[0] != "obj_info")
                {
                    throw new InvalidDataException("Bad line in the header: " + line);
                }
            }
            return elements;
        }

        static string NextLine(byte[] data, ref int offset)
        {
            int end = Array.IndexOf(data, (byte)'\n', offset);
            if (end < 0) throw new InvalidDataException("The header has no end");
            string line = Encoding.ASCII.GetString(data, offset, end - offset);
            offset = end + 1;
            return line.TrimEnd('\r');
        }

        void ReadVertices(BinaryReader reader, Element element, int length)
        {
            if (element.count > length) throw new InvalidDataException("The header claims more points than there are");
            points = new Vector3[element.count];
            colours = new Color32[element.count];
            for (int k = 0; k < element.count; k++)
            {
                Vector3 point = Vector3.zero;
                var colour = new Color32(255, 255, 255, 255);
                foreach (Property property in element.properties)
                {
                    if (property.IsList)
                    {
                        SkipList(reader, property);
                        continue;
                    }
                    double value = ReadNumber(reader, property.type);
                    switch (property.name)
                    {
                        case "x": point.x = (float)value; break;
                        case "y": point.y = (float)value; break;
                        case "z": point.z = (float)value; break;
                        case "red": colour.r = (byte)value; break;
                        case "green": colour.g = (byte)value; break;
                        case "blue": colour.b = (byte)value; break;
                        case "alpha": colour.a = (byte)value; break;
                    }
                }
                points[k] = point;
                colours[k] = colour;
            }
        }

        void ReadFaces(BinaryReader reader, Element element)
        {
            var corners = new List<int>();
            for (int k = 0; k < element.count; k++)
            {
                foreach (Property property in element.properties)
                {
                    if (!property.IsList)
                    {
                        ReadNumber(reader, property.type);
                        continue;
                    }
                    int count = (int)ReadNumber(reader, property.countType);
                    int first = 0, previous = 0;
                    for (int c = 0; c < count; c++)
                    {
                        int corner = (int)ReadNumber(reader, property.type);
                        if (corner < 0 || corner >= points.Length)
                            throw new InvalidDataException("A face has a corner that is no point");
                        if (c == 0) first = corner;
                        if (c >= 2) corners.AddRange(new[] { first, previous, corner });
                        previous = corner;
                    }
                }
            }
            triangles = corners.ToArray();
        }

        static void SkipElement(BinaryReader reader, Element element)
        {
            for (int k = 0; k < element.count; k++)
            {
                foreach (Property property in element.properties)
                {
                    if (property.IsList) SkipList(reader, property);
                    else ReadNumber(reader, property.type);
                }
            }
        }

        static void SkipList(BinaryReader reader, Property property)
        {
            int count = (int)ReadNumber(reader, property.countType);
            for (int k = 0; k < count; k++) ReadNumber(reader, property.type);
        }

        static double ReadNumber(BinaryReader reader, string type)
        {
            switch (type)
            {
                case "char": case "int8": return reader.ReadSByte();
                case "uchar": case "uint8": return reader.ReadByte();
                case "short": case "int16": return reader.ReadInt16();
                case "ushort": case "uint16": return reader.ReadUInt16();
                case "int": case "int32": return reader.ReadInt32();
                case "uint": case "uint32": return reader.ReadUInt32();
                case "float": case "float32": return reader.ReadSingle();
                case "double": case "float64": return reader.ReadDouble();
            }
            throw new InvalidDataException("Unknown type " + type);
        }
    }
}
