/* Element types: names, sizes, and numbers in and out of memory. */
#include <math.h>
#include <string.h>

#include "runtime.h"

static const struct {
  const char* name;
  size_t bytes;
  int64_t lowest, highest; /* of integers */
} kTypes[] = {{"f16", 2, 0, 0},
              {"bf16", 2, 0, 0},
              {"f32", 4, 0, 0},
              {"f64", 8, 0, 0},
              {"i8", 1, INT8_MIN, INT8_MAX},
              {"i16", 2, INT16_MIN, INT16_MAX},
              {"i32", 4, INT32_MIN, INT32_MAX},
              {"i64", 8, INT64_MIN, INT64_MAX},
              {"u8", 1, 0, UINT8_MAX},
              {"bool", 1, 0, 1}};

const char* dtype_name(int32_t dtype) {
  return kTypes[dtype].name;
}
size_t dtype_bytes(int32_t dtype) {
  return kTypes[dtype].bytes;
}
bool dtype_is_float(int32_t dtype) {
  return dtype <= KDLC_F64;
}

static float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint32_t bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static double load_f16(uint16_t half) {
  int exponent = half >> 10 & 31;
  int fraction = half & 1023;
  double value = exponent == 31  ? (fraction != 0 ? (double)NAN : (double)INFINITY)
                 : exponent == 0 ? ldexp(fraction, -24)
                                 : ldexp(1024 + fraction, exponent - 25);
  return half >> 15 ? -value : value;
}

/* Rounds to nearest, ties to even. */
static uint16_t store_f16(double value) {
  uint16_t sign = (uint16_t)(signbit(value) ? 0x8000 : 0);
  double size = fabs(value);
  if (isnan(value)) return 0x7e00;
  if (size >= 65520) return (uint16_t)(sign | 0x7c00);
  int exponent = 0;
  frexp(size, &exponent);
  if (exponent < -13) exponent = -13; /* subnormal numbers share the smallest exponent */
  double scaled = ldexp(size, 11 - exponent);
  long fraction = (long)scaled;
  double rest = scaled - (double)fraction;
  if (rest > 0.5 || (rest == 0.5 && fraction % 2 != 0))
    ++fraction; /* up to 2048: a carry runs into the exponent, as it should */
  if (fraction == 0) return sign;
  return (uint16_t)(sign | (uint16_t)((exponent + 13) * 1024 + fraction));
}

static uint16_t store_bf16(double value) {
  uint32_t bits = bits_of_float((float)value);
  if (isnan(value)) return 0x7fc0;
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

#define LOAD(type, data, index) (memcpy(&type, (const char*)(data) + (index) * sizeof type, sizeof type), type)
#define STORE(type, data, index, value)                                      \
  do {                                                                       \
    type stored = (type)(value);                                             \
    memcpy((char*)(data) + (index) * sizeof stored, &stored, sizeof stored); \
  } while (0)

int64_t load_integer(int32_t dtype, const void* data, size_t index) {
  int8_t i8;
  int16_t i16;
  int32_t i32;
  int64_t i64;
  uint8_t u8;
  switch (dtype) {
    case KDLC_I8: return LOAD(i8, data, index);
    case KDLC_I16: return LOAD(i16, data, index);
    case KDLC_I32: return LOAD(i32, data, index);
    case KDLC_I64: return LOAD(i64, data, index);
    default: return LOAD(u8, data, index);
  }
}

double load_number(int32_t dtype, const void* data, size_t index) {
  uint16_t half;
  float single;
  double wide;
  switch (dtype) {
    case KDLC_F16: return load_f16(LOAD(half, data, index));
    case KDLC_BF16: return (double)float_of_bits((uint32_t)LOAD(half, data, index) << 16);
    case KDLC_F32: return (double)LOAD(single, data, index);
    case KDLC_F64: return LOAD(wide, data, index);
    default: return (double)load_integer(dtype, data, index);
  }
}

void store_number(int32_t dtype, void* data, size_t index, double value) {
  switch (dtype) {
    case KDLC_F16: STORE(uint16_t, data, index, store_f16(value)); break;
    case KDLC_BF16: STORE(uint16_t, data, index, store_bf16(value)); break;
    case KDLC_F32: STORE(float, data, index, value); break;
    default: STORE(double, data, index, value); break;
  }
}

bool store_integer(int32_t dtype, void* data, size_t index, int64_t value) {
  if (dtype_is_float(dtype)) {
    store_number(dtype, data, index, (double)value);
    return true;
  }
  if (value < kTypes[dtype].lowest || value > kTypes[dtype].highest) return false;
  switch (dtype) {
    case KDLC_I8: STORE(int8_t, data, index, value); break;
    case KDLC_I16: STORE(int16_t, data, index, value); break;
    case KDLC_I32: STORE(int32_t, data, index, value); break;
    case KDLC_I64: STORE(int64_t, data, index, value); break;
    default: STORE(uint8_t, data, index, value); break;
  }
  return true;
}
