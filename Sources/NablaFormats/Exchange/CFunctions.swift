import Nabla

/// The functions that an exported C file is made of.
enum CFunctions {
  static let dense = """
    /* y = w x + b. Shapes: w [outputs, inputs], row after row. Eight sums at once: they fit a vector register, and are more
     * exact than one. */
    static void dense(const float *w, const float *b, const float *x, float *y, size_t inputs, size_t outputs)
    {
        const size_t whole = inputs - inputs % 8;

        for (size_t j = 0; j < outputs; j++, w += inputs) {
            float sum[8] = {0.0f};
            for (size_t k = 0; k < whole; k += 8)
                for (size_t lane = 0; lane < 8; lane++)
                    sum[lane] += w[k + lane] * x[k + lane];
            for (size_t lane = 0; lane < inputs - whole; lane++)
                sum[lane] += w[whole + lane] * x[whole + lane];
            y[j] = b[j] + (((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7])));
        }
    }


    """

  /// Source: Cody & Waite 1980; the polynomials are those of Nabla's kernels.
  static let exponential = """
    /* e^x for x <= 0, within two units in the last place; 0 below e^-87. x = n ln 2 + r with |r| <= ln 2 / 2. */
    static float exp_of(float x)
    {
        union {
            uint32_t bits;
            float number;
        } power;
        float r, q;
        int32_t n;

        if (x < -87.0f)
            return 0.0f;
        if (x != x)
            return x;
        n = (int32_t)(x * 0x1.715476p+0f - 0.5f);
        r = x - (float)n * 0x1.62e4p-1f - (float)n * 0x1.7f7d1cp-20f;
        q = 0x1.6a4eccp-10f;
        q = q * r + 0x1.12399cp-7f;
        q = q * r + 0x1.5558bp-5f;
        q = q * r + 0x1.555492p-3f;
        q = q * r + 0x1.fffffcp-2f;
        power.bits = (uint32_t)(n + 127) << 23;
        return (1.0f + (r + r * r * q)) * power.number;
    }


    """

  /// f, applied to `count` numbers z.
  static func text(of activation: Activation) -> String {
    switch activation {
    case .sigmoid:
      """
      static void sigmoid_of(float *z, size_t count)
      {
          for (size_t j = 0; j < count; j++) {
              const float t = exp_of(z[j] < 0.0f ? z[j] : -z[j]);
              z[j] = (z[j] < 0.0f ? t : 1.0f) / (1.0f + t);
          }
      }


      """
    case .tanh:
      """
      static void tanh_of(float *z, size_t count)
      {
          for (size_t j = 0; j < count; j++) {
              const float x = z[j] < 0.0f ? -z[j] : z[j];
              float a;
              if (x < 0.55f) {
                  const float s = x * x;
                  float p = -0x1.9921ap-8f;
                  p = p * s + 0x1.58e518p-6f;
                  p = p * s - 0x1.b91e7ep-5f;
                  p = p * s + 0x1.110ceep-3f;
                  p = p * s - 0x1.55554ap-2f;
                  a = p * s * x + x;
              } else {
                  const float t = exp_of(-2.0f * x);
                  a = (1.0f - t) / (1.0f + t);
              }
              z[j] = z[j] < 0.0f ? -a : a;
          }
      }


      """
    case .relu:
      """
      static void relu_of(float *z, size_t count)
      {
          for (size_t j = 0; j < count; j++)
              z[j] = z[j] < 0.0f ? 0.0f : z[j];
      }


      """
    case .softmax:
      """
      static void softmax_of(float *z, size_t count)
      {
          float largest = z[0], sum = 0.0f;
          for (size_t j = 1; j < count; j++)
              largest = z[j] > largest ? z[j] : largest;
          for (size_t j = 0; j < count; j++) {
              z[j] = exp_of(z[j] - largest);
              sum += z[j];
          }
          for (size_t j = 0; j < count; j++)
              z[j] /= sum;
      }


      """
    case .identity: ""
    }
  }
}
