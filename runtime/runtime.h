/* What the parts of an executable's main share: arrays, files, words for the user. C99 and POSIX. */
#ifndef KDLC_RUNTIME_H_
#define KDLC_RUNTIME_H_

#include <stdbool.h>
#include <stdio.h>

#include "kdlc_abi.h"
#include "pool.h"

enum { MOST_AXES = 32 };

/* Exit codes, in the spirit of kdlc's own. */
enum { EXIT_DATA = 1, EXIT_USAGE = 2, EXIT_WORLD = 3 };

/* Prints `<program>: <words>` to standard error and ends the program. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3), noreturn))
#endif
void fail(int exit_code, const char *format, ...);
void set_program_name(const char* name);
const char* program_name(void);

/* Never NULL: fails instead. Zero-filled; aligned to 64 bytes at least. */
void* allocate(size_t bytes, size_t align);
/* The product; fails when it does not fit. `what` goes into the message. */
size_t multiply(size_t left, size_t right, const char* what);

/* ---- element types ---- */
const char* dtype_name(int32_t dtype);
size_t dtype_bytes(int32_t dtype);
bool dtype_is_float(int32_t dtype);
/* Element `index` as a number; integers of 64 bits keep 53. */
double load_number(int32_t dtype, const void* data, size_t index);
int64_t load_integer(int32_t dtype, const void* data, size_t index);
void store_number(int32_t dtype, void* data, size_t index, double value);
/* False when the type does not hold the value. */
bool store_integer(int32_t dtype, void* data, size_t index, int64_t value);

/* ---- arrays and files ---- */
typedef struct array {
  int32_t dtype;
  int32_t axis_count;
  int64_t axes[MOST_AXES];
  size_t count; /* of elements */
  void* data;
} array;

typedef struct bytes {
  char* data; /* with a NUL behind the end */
  size_t size;
} bytes;

/* The whole file; `-` is standard input. */
bytes read_file(const char* path);
/* Opens `<path>` for writing beside its place; close_output renames it there. */
typedef struct output_file {
  FILE* stream;
  const char* path;
  char* beside; /* NULL: written in place */
} output_file;
output_file open_output(const char* path);
void close_output(output_file* file);

bool is_npy(bytes file);
array parse_npy(bytes file, const char* path);
void write_npy(const char* path, const array* values);
/* Rows of numbers between commas, semicolons, tabs or spaces; a first row of words is a heading. Type f64, or i64 when
 * `integers`. */
array parse_table(bytes file, const char* path, bool integers);
void write_table(const char* path, const array* values);
void write_raw(const char* path, const array* values);
/* Whether the path ends so, in any case. */
bool has_ending(const char* path, const char* ending);
/* `[n, 28, 28, 1]` into `text`; returns it. */
char* axes_text(char* text, size_t text_size, int32_t axis_count, const int64_t* axes, const kdlc_model* model);

/* ---- the command line ---- */
typedef struct arguments {
  const char** input_paths;  /* one for each input; NULL: none given */
  const char** output_paths; /* one for each output */
  const char* weights_path;
  size_t top;           /* 0: not given */
  size_t threads;       /* 0: not given */
  size_t samples;       /* for --bench without files; 0: not given */
  double bench_seconds; /* 0: no bench */
  bool taps;            /* shows them */
  bool help;
} arguments;
arguments parse_arguments(const kdlc_model* model, int count, char** words);
void print_help(const kdlc_model* model);

/* ---- one call ---- */
typedef struct call {
  const kdlc_model* model;
  const kdlc_weights* weights;
  void* arena;
  void* state;   /* what the model keeps from call to call; zeros at first */
  size_t* sizes; /* n, then the declared dims */
  array* inputs;
  array* outputs;
  array* taps;     /* NULL: nobody wants to see them */
  kdlc_pool* pool; /* NULL: one thread */
} call;
/* Bytes of one sample (of the whole tensor without a batch) under the call's sizes. */
size_t sample_bytes(const call* work, const kdlc_tensor* tensor);
bool has_batch(const kdlc_tensor* tensor);
/* Runs samples first to first + n - 1; fails with words on any status but KDLC_OK. */
void run_samples(const call* work, size_t first, size_t n);

/* Taps of the samples from `first` on. */
typedef struct tap_sink {
  const call* work;
  size_t first;
} tap_sink;
/* Options under which a call keeps its taps and uses its pool; NULL when it has neither. */
const kdlc_options* call_options(kdlc_options* options, tap_sink* sink);
/* Type, range, mean and first values of each. */
void print_taps(const call* work);

/* The numbers of a file as the input wants them; binds n and the declared dims in `sizes` (SIZE_MAX: not known yet). */
array load_input(const kdlc_model* model, const kdlc_tensor* tensor, const char* path, size_t* sizes);
/* Numbers to measure with: 0 to 1, or ids in their range. */
array made_up_input(const call* work, const kdlc_tensor* tensor);
void print_outputs(const call* work, const arguments* wanted);
void measure(const call* work, double seconds);

#endif /* KDLC_RUNTIME_H_ */
