/* Run under an emulator: what a kernel of vector mathematics for this processor gives, against the C library in double.
 * kernel: outputs[0][k * sizes[0] + i] = function k of inputs[0][i], in the order of `functions` below. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

void kernel(void* const* inputs, void* const* outputs, void* arena, void* weights, const int64_t* sizes);

static double sigmoid(double x) {
  return 1 / (1 + exp(-x));
}
static double rsqrt(double x) {
  return 1 / sqrt(x);
}

static const struct {
  const char* name;
  double (*exact)(double);
  double bound;
} functions[] = {{"exp", exp, 1},   {"expm1", expm1, 2},     {"log", log, 1},       {"log1p", log1p, 1},
                 {"tanh", tanh, 3}, {"sigmoid", sigmoid, 3}, {"erf", erf, 1.5},     {"sin", sin, 2},
                 {"cos", cos, 2},   {"sqrt", sqrt, 0.51},    {"rsqrt", rsqrt, 1.5}, {"floor", floor, 0},
                 {"ceil", ceil, 0}, {"round", nearbyint, 0}};
enum { COUNT = sizeof functions / sizeof functions[0], SAMPLES = 4099 };

static double error_of(float actual, double exact) {
  const float rounded = (float)exact;
  if (isnan(rounded) || isnan(actual))
    return isnan(rounded) && isnan(actual) ? 0 : INFINITY;
  if (isinf(rounded) || isinf(actual))
    return rounded == actual ? 0 : INFINITY;
  const float magnitude = fmaxf(fabsf(rounded), 1e-6f);
  return fabs((double)actual - exact) / (nextafterf(magnitude, INFINITY) - magnitude);
}

int main(void) {
  static float input[SAMPLES], output[COUNT * SAMPLES];
  const float special[] = {0, INFINITY, -INFINITY, NAN, 1, -1, 0.5f, 2, -2, 100, -100};
  const int special_count = sizeof special / sizeof special[0];
  for (int i = 0; i < SAMPLES; ++i)
    input[i] = i < special_count ? special[i] : (float)(i - SAMPLES / 2) * 0.011f;
  void *inputs[] = {input}, *outputs[] = {output};
  const int64_t sizes[] = {SAMPLES};
  kernel(inputs, outputs, 0, 0, sizes);
  int wrong = 0;
  for (int k = 0; k < COUNT; ++k) {
    double worst = 0;
    float worst_at = 0;
    for (int i = 0; i < SAMPLES; ++i) {
      const double error = error_of(output[k * SAMPLES + i], functions[k].exact(input[i]));
      if (!(error <= worst))
        worst = error, worst_at = input[i];
    }
    if (!(worst <= functions[k].bound)) {
      printf("%s: %g units at %g\n", functions[k].name, worst, worst_at);
      wrong = 1;
    }
  }
  return wrong;
}
