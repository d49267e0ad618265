// What one core of this machine can do. The loops are assembly: they must not depend on how kdlc itself was compiled.
#include "driver/machine_limits.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace kdlc::driver {

namespace {

/// Runs `steps` times 12 independent vector operations; gives how many floating-point operations one step is.
using ArithmeticLoop = double (*)(std::int64_t steps);
/// Reads `bytes`, a multiple of 512.
using ReadingLoop = void (*)(const std::byte* data, std::int64_t bytes);

#if defined(__x86_64__)

// Sums 2 to 13 of a multiply-add of registers 0 and 1, which hold zero.
#define KDLC_EACH_SUM(DO) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13)
#define KDLC_CLOBBERED                                                                                                \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", \
      "cc", "memory"
#define KDLC_CLEAR(index) "xorps %%xmm" #index ", %%xmm" #index "\n"
#define KDLC_CLEAR_VEX(index) "vxorps %%xmm" #index ", %%xmm" #index ", %%xmm" #index "\n"
#define KDLC_ADD_512(index) "vfmadd231ps %%zmm0, %%zmm1, %%zmm" #index "\n"
#define KDLC_ADD_256(index) "vfmadd231ps %%ymm0, %%ymm1, %%ymm" #index "\n"
#define KDLC_ADD_128(index) "addps %%xmm0, %%xmm" #index "\n"

__attribute__((target("avx512f"))) double multiply_add_512(std::int64_t steps) {
  asm volatile(KDLC_CLEAR_VEX(0) KDLC_CLEAR_VEX(1)
                   KDLC_EACH_SUM(KDLC_CLEAR_VEX) "1:\n" KDLC_EACH_SUM(KDLC_ADD_512) "dec %0\n jnz 1b\n vzeroupper\n"
               : "+r"(steps)
               :
               : KDLC_CLOBBERED);
  return 12 * 2 * 16;
}

__attribute__((target("avx2,fma"))) double multiply_add_256(std::int64_t steps) {
  asm volatile(KDLC_CLEAR_VEX(0) KDLC_CLEAR_VEX(1)
                   KDLC_EACH_SUM(KDLC_CLEAR_VEX) "1:\n" KDLC_EACH_SUM(KDLC_ADD_256) "dec %0\n jnz 1b\n vzeroupper\n"
               : "+r"(steps)
               :
               : KDLC_CLOBBERED);
  return 12 * 2 * 8;
}

// Without fused multiply-adds a multiplication and an addition go side by side: as many of both as additions here.
double multiply_add_128(std::int64_t steps) {
  asm volatile(KDLC_CLEAR(0) KDLC_CLEAR(1)
                   KDLC_EACH_SUM(KDLC_CLEAR) "1:\n" KDLC_EACH_SUM(KDLC_ADD_128) "dec %0\n jnz 1b\n"
               : "+r"(steps)
               :
               : KDLC_CLOBBERED);
  return 12 * 4;
}

#define KDLC_READ_512(offset) "vmovups " #offset "(%0), %%zmm0\n"
#define KDLC_READ_256(offset) "vmovups " #offset "(%0), %%ymm0\n"
#define KDLC_READ_128(offset) "movups " #offset "(%0), %%xmm0\n"

__attribute__((target("avx512f"))) void read_512(const std::byte* data, std::int64_t bytes) {
  const std::byte* end = data + bytes;
  asm volatile("1:\n" KDLC_READ_512(0) KDLC_READ_512(64) KDLC_READ_512(128) KDLC_READ_512(192) KDLC_READ_512(256)
                   KDLC_READ_512(320) KDLC_READ_512(384)
                       KDLC_READ_512(448) "add $512, %0\n cmp %1, %0\n jb 1b\n vzeroupper\n"
               : "+r"(data)
               : "r"(end)
               : "xmm0", "cc", "memory");
}

__attribute__((target("avx"))) void read_256(const std::byte* data, std::int64_t bytes) {
  const std::byte* end = data + bytes;
  asm volatile("1:\n" KDLC_READ_256(0) KDLC_READ_256(32) KDLC_READ_256(64) KDLC_READ_256(96) KDLC_READ_256(128)
                   KDLC_READ_256(160) KDLC_READ_256(192)
                       KDLC_READ_256(224) "add $256, %0\n cmp %1, %0\n jb 1b\n vzeroupper\n"
               : "+r"(data)
               : "r"(end)
               : "xmm0", "cc", "memory");
}

void read_128(const std::byte* data, std::int64_t bytes) {
  const std::byte* end = data + bytes;
  asm volatile("1:\n" KDLC_READ_128(0) KDLC_READ_128(16) KDLC_READ_128(32) KDLC_READ_128(48) KDLC_READ_128(64)
                   KDLC_READ_128(80) KDLC_READ_128(96) KDLC_READ_128(112) "add $128, %0\n cmp %1, %0\n jb 1b\n"
               : "+r"(data)
               : "r"(end)
               : "xmm0", "cc", "memory");
}

ArithmeticLoop arithmetic_loop() {
  return __builtin_cpu_supports("avx512f") != 0                                      ? multiply_add_512
         : __builtin_cpu_supports("fma") != 0 && __builtin_cpu_supports("avx2") != 0 ? multiply_add_256
                                                                                     : multiply_add_128;
}

ReadingLoop reading_loop() {
  return __builtin_cpu_supports("avx512f") != 0 ? read_512 : __builtin_cpu_supports("avx") != 0 ? read_256 : read_128;
}

#else

// Other processors: what the compiler makes of four-wide sums.
using Vector = float __attribute__((vector_size(16)));

double multiply_add_plain(std::int64_t steps) {
  Vector sums[12] = {};
  Vector factor = {};
  for (std::int64_t step = 0; step < steps; ++step) {
    asm volatile("" : "+w"(factor));
    for (Vector& sum : sums) {
      sum += factor * factor;
    }
  }
  for (Vector& sum : sums) {
    asm volatile("" : "+w"(sum));
  }
  return 12 * 2 * 4;
}

void read_plain(const std::byte* data, std::int64_t bytes) {
  Vector sums[4] = {};
  for (std::int64_t offset = 0; offset < bytes; offset += 64) {
    for (std::int64_t part = 0; part < 4; ++part) {
      sums[part] += *reinterpret_cast<const Vector*>(data + offset + 16 * part);
    }
  }
  for (Vector& sum : sums) {
    asm volatile("" : "+w"(sum));
  }
}

ArithmeticLoop arithmetic_loop() {
  return multiply_add_plain;
}

ReadingLoop reading_loop() {
  return read_plain;
}

#endif

/// Seconds of the fastest of `runs` runs: an interruption only makes one slower.
template <typename Work>
double fastest(int runs, const Work& work) {
  double best = 1e9;
  for (int run = 0; run < runs; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

}  // namespace

report::MachineLimits measure_limits() {
  report::MachineLimits limits;
  constexpr std::int64_t kSteps = 100000;
  constexpr int kRuns = 60;  // the clock of wide vectors settles first
  const ArithmeticLoop multiply_add = arithmetic_loop();
  double operations = 0;
  const double seconds = fastest(kRuns, [&] { operations = multiply_add(kSteps); });
  limits.flops = operations * static_cast<double>(kSteps) / seconds;

  constexpr std::int64_t kKibibyte = 1024;
  constexpr std::int64_t kLargest = 131072 * kKibibyte;
  constexpr std::int64_t kLeastRead = 16384 * kKibibyte;  // in one run, however small the part
  std::vector<std::byte> memory(kLargest + 64);
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
  const std::byte* data = memory.data() + (64 - address % 64) % 64;
  const ReadingLoop read = reading_loop();
  for (const std::int64_t kibibytes : {32, 1024, 1536, 2560, 4096, 32768, 131072}) {
    const std::int64_t size = kibibytes * kKibibyte;
    const std::int64_t repeats = std::max<std::int64_t>(1, kLeastRead / size);
    const double time = fastest(size > kLeastRead ? 3 : 10, [&] {
      for (std::int64_t repeat = 0; repeat < repeats; ++repeat) {
        read(data, size);
      }
    });
    limits.levels.push_back({static_cast<double>(size), static_cast<double>(size * repeats) / time});
  }
  return limits;
}

}  // namespace kdlc::driver
