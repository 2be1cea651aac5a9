// SPDX-License-Identifier: MIT
Shader "Loss Landscape/Points"
{
    Properties
    {
        _PointSize ("Point size in pixels", Float) = 4
    }
    SubShader
    {
        Tags { "RenderType" = "Opaque" }
        Pass
        {
            CGPROGRAM
            #pragma vertex vertex
            #pragma fragment fragment
            #include "UnityCG.cginc"

            float _PointSize;

            struct Attributes
            {
                float4 position : POSITION;
                half4 colour : COLOR;
            };

            struct Varyings
            {
                float4 position : SV_POSITION;
                half3 colour : COLOR0;
                float size : PSIZE;
            };

            Varyings vertex(Attributes input)
            {
                Varyings output;
                output.position = UnityObjectToClipPos(input.position);
                output.colour = input.colour.rgb;
            #ifndef UNITY_COLORSPACE_GAMMA
                output.colour = GammaToLinearSpace(output.colour);
            #endif
                output.size = _PointSize;
                return output;
            }

            half4 fragment(Varyings input) : SV_Target
            {
                return half4(input.colour, 1);
            }
            ENDCG
        }
    }
}
