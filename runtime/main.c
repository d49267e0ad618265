/* The main of every executable that kdlc links: reads inputs, runs the model, prints or writes the outputs. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime.h"

/* The linker's other name for <prefix>_model. */
extern const kdlc_model kdlc_main_model;

static const char* status_words(int32_t status) {
  switch (status) {
    case KDLC_E_NULL: return "a pointer is missing";
    case KDLC_E_ARENA_ALIGN: return "the working memory is not aligned";
    case KDLC_E_ARENA_SIZE: return "the working memory is too small";
    case KDLC_E_WEIGHTS: return "the weights are not those of this model";
    case KDLC_E_SIZE: return "a size is outside its bound";
    case KDLC_E_INDEX: return "an input holds an id that is outside its table";
    case KDLC_E_CPU: return "this processor lacks instructions that the model was compiled for";
    default: return "of an unknown kind";
  }
}

static void fail_cpu(const kdlc_model* model) {
  fail(EXIT_WORLD, "compiled for `%s`; this processor lacks some of its instructions: build with an older `--cpu`",
       model->target);
}

void run_samples(const call* work, size_t first, size_t n) {
  const kdlc_model* model = work->model;
  enum { MOST_TENSORS = 64, MOST_SIZES = 16 };
  const void* inputs[MOST_TENSORS];
  void* outputs[MOST_TENSORS];
  size_t sizes[MOST_SIZES];
  memcpy(sizes, work->sizes, ((size_t)model->dim_count + 1) * sizeof *sizes);
  sizes[0] = n;
  for (int32_t index = 0; index < model->input_count; ++index) {
    const kdlc_tensor* tensor = &model->inputs[index];
    inputs[index] =
        (const char*)work->inputs[index].data + (has_batch(tensor) ? first * sample_bytes(work, tensor) : 0);
  }
  for (int32_t index = 0; index < model->output_count; ++index) {
    const kdlc_tensor* tensor = &model->outputs[index];
    outputs[index] = (char*)work->outputs[index].data + (has_batch(tensor) ? first * sample_bytes(work, tensor) : 0);
  }
  kdlc_options options;
  tap_sink sink = {work, first};
  const int32_t status = model->run(work->weights, work->arena, model->arena_bytes, call_options(&options, &sink),
                                    work->state, sizes, inputs, outputs);
  if (status == KDLC_E_CPU) fail_cpu(model);
  if (status != KDLC_OK) {
    fail(status == KDLC_E_INDEX || status == KDLC_E_SIZE ? EXIT_DATA : EXIT_WORLD,
         "the model refuses the call: %s (status %d)", status_words(status), (int)status);
  }
}

/* The descriptor is this program's own; what it cannot be is a mistake in how it was linked. */
static void check_model(const kdlc_model* model) {
  bool is_sound = model->abi_version == KDLC_ABI_VERSION && model->input_count <= 64 && model->output_count <= 64 &&
                  model->dim_count < 16;
  for (int32_t index = 0; is_sound && index < model->input_count; ++index)
    is_sound = model->inputs[index].axis_count <= MOST_AXES;
  for (int32_t index = 0; is_sound && index < model->output_count; ++index)
    is_sound = model->outputs[index].axis_count <= MOST_AXES;
  for (int32_t index = 0; is_sound && index < model->tap_count; ++index)
    is_sound = model->taps[index].axis_count <= MOST_AXES;
  if (!is_sound) fail(EXIT_WORLD, "the model inside is for another version of this program; build it again");
}

/* Words for a packed file that bind refuses. */
static void refuse_weights(const kdlc_model* model, bytes file, const char* path) {
  kdlc_packed_header header;
  if (file.size < sizeof header || memcmp(file.data, "KDLCPACK", 8) != 0) {
    fail(EXIT_WORLD, "`%s` is no file of packed weights; `kdlc pack` makes one", path);
  }
  memcpy(&header, file.data, sizeof header);
  if (header.version != 1)
    fail(EXIT_WORLD, "`%s` has version %u of the format of packed weights, not 1", path, (unsigned)header.version);
  if (header.hash != model->weights_hash) {
    fail(EXIT_WORLD, "`%s` holds the weights of another model, or packed for another processor than `%s`", path,
         model->target);
  }
  fail(EXIT_WORLD, "`%s` is damaged: its length or checksum is wrong", path);
}

static void find_weights(const kdlc_model* model, const char* path, kdlc_weights* weights) {
  if (path == NULL) {
    if (model->embedded == NULL)
      fail(EXIT_USAGE, "the weights are not inside this executable: give --weights FILE, which `kdlc pack` makes");
    *weights = *model->embedded;
    return;
  }
  bytes file = read_file(path);
  void* aligned = allocate(file.size, 64);
  memcpy(aligned, file.data, file.size);
  const int32_t status = model->bind(weights, aligned, file.size);
  if (status == KDLC_E_CPU) fail_cpu(model);
  if (status != KDLC_OK) refuse_weights(model, file, path);
}

/* As many threads as were asked for, else as the model can use and the machine has. */
static kdlc_pool* open_pool(const kdlc_model* model, size_t wanted) {
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  size_t threads = wanted;
  if (wanted == 0) threads = cores > 0 && (size_t)cores < model->threads ? (size_t)cores : model->threads;
  if (threads <= 1) return NULL;
  kdlc_pool* pool = kdlc_pool_open(threads);
  if (pool == NULL) fail(EXIT_WORLD, "the system gives no %zu threads", threads);
  return pool;
}

/* Sizes that follow from the declared dims; inputs that have such an axis must agree. */
static void derive_sizes(call* work) {
  const kdlc_model* model = work->model;
  size_t* known = work->sizes + model->dim_count + 1;
  if (model->derived_count == 0) return;
  size_t* derived = allocate((size_t)model->derived_count * sizeof *derived, 64);
  model->derive(work->sizes, derived);
  for (int32_t k = 0; k < model->derived_count; ++k) {
    if (known[k] != SIZE_MAX && known[k] != derived[k]) {
      fail(EXIT_DATA, "an axis has %zu elements, but `%s` is %lld here", known[k], model->derived_names[k],
           (long long)derived[k]);
    }
    if (derived[k] > SIZE_MAX / 2) {
      fail(EXIT_DATA, "the inputs are too small: `%s` is %lld here", model->derived_names[k], (long long)derived[k]);
    }
    known[k] = derived[k];
  }
  free(derived);
}

static void find_inputs(call* work, const arguments* given) {
  const kdlc_model* model = work->model;
  const bool may_make_up = given->bench_seconds > 0;
  for (int32_t index = 0; index < model->input_count; ++index) {
    if (given->input_paths[index] != NULL) {
      work->inputs[index] = load_input(model, &model->inputs[index], given->input_paths[index], work->sizes);
    } else if (!may_make_up) {
      fail(EXIT_USAGE, "the input `%s` is missing: give --%s FILE; see --help", model->inputs[index].name,
           model->inputs[index].name);
    }
  }
  if (work->sizes[0] == SIZE_MAX) work->sizes[0] = given->samples > 0 ? given->samples : 1;
  for (int32_t dim = 1; dim <= model->dim_count; ++dim) {
    if (work->sizes[dim] == SIZE_MAX)
      work->sizes[dim] = model->dims[dim - 1].bound > 0 ? (size_t)model->dims[dim - 1].bound : 1;
  }
  derive_sizes(work);
  for (int32_t index = 0; index < model->input_count; ++index) {
    if (work->inputs[index].data == NULL) work->inputs[index] = made_up_input(work, &model->inputs[index]);
  }
}

/* Memory for tensors that the model fills. */
static array* make_arrays(const call* work, const kdlc_tensor* tensors, int32_t count) {
  array* arrays = allocate(((size_t)count + 1) * sizeof *arrays, 64);
  for (int32_t index = 0; index < count; ++index) {
    const kdlc_tensor* tensor = &tensors[index];
    array* values = &arrays[index];
    const size_t size = multiply(sample_bytes(work, tensor), has_batch(tensor) ? work->sizes[0] : 1, tensor->name);
    values->dtype = tensor->dtype;
    values->axis_count = tensor->axis_count;
    for (int32_t axis = 0; axis < tensor->axis_count; ++axis) {
      values->axes[axis] = tensor->axes[axis] >= 0 ? tensor->axes[axis] : (int64_t)work->sizes[-1 - tensor->axes[axis]];
    }
    values->count = size / dtype_bytes(tensor->dtype);
    values->data = allocate(size, 64);
  }
  return arrays;
}

/* A bar on a terminal, once a run has taken a while. */
static void show_progress(size_t done, size_t all, time_t begin) {
  static bool is_shown = false;
  if (!isatty(STDERR_FILENO) || time(NULL) - begin < 1) return;
  if (done < all) {
    const int filled = (int)(40.0 * (double)done / (double)all);
    fprintf(stderr, "\r[%.*s%*s] %zu of %zu samples", filled, "########################################", 40 - filled,
            "", done, all);
    is_shown = true;
  } else if (is_shown) {
    fprintf(stderr, "\r\033[K");
  }
}

static void run_all(const call* work) {
  const size_t n = work->sizes[0];
  const time_t begin = time(NULL);
  bool may_split = true;
  for (int32_t index = 0; index < work->model->output_count; ++index)
    may_split = may_split && has_batch(&work->model->outputs[index]);
  const size_t chunk = work->model->chunk > 0 ? work->model->chunk : 1;
  /* With states the samples of one call are as many streams, which the next call goes on with. */
  const size_t block = work->model->streams > 0 ? work->model->streams : may_split ? 16 * chunk : n;
  for (size_t first = 0; first < n; first += block) {
    run_samples(work, first, n - first < block ? n - first : block);
    show_progress(first + block, n, begin);
  }
}

/* Told before the work, not after it. */
static void check_output_path(const char* path) {
  static const char* const kEndings[] = {".npy", ".csv", ".txt", ".bin", ".raw"};
  for (size_t k = 0; k < sizeof kEndings / sizeof *kEndings; ++k) {
    if (has_ending(path, kEndings[k])) return;
  }
  fail(EXIT_USAGE, "`%s`: the ending of its name tells no format; known are .npy, .csv (.txt) and .bin (.raw)", path);
}

static void write_output(const array* values, const char* path) {
  if (has_ending(path, ".csv") || has_ending(path, ".txt")) {
    write_table(path, values);
  } else if (has_ending(path, ".bin") || has_ending(path, ".raw")) {
    write_raw(path, values);
  } else {
    write_npy(path, values);
  }
}

int main(int count, char** words) {
  const kdlc_model* model = &kdlc_main_model;
  kdlc_weights weights;
  set_program_name(count > 0 ? words[0] : model->name);
  check_model(model);
  const arguments given = parse_arguments(model, count, words);
  if (given.help) {
    print_help(model);
    return 0;
  }
  for (int32_t index = 0; index < model->output_count; ++index) {
    if (given.output_paths[index] != NULL) check_output_path(given.output_paths[index]);
  }
  if (model->check_cpu() != KDLC_OK) fail_cpu(model);
  find_weights(model, given.weights_path, &weights);
  call work = {model, &weights, allocate(model->arena_bytes, model->arena_align), NULL, NULL, NULL, NULL, NULL, NULL};
  work.state = allocate(model->state_bytes, 8);
  work.pool = open_pool(model, given.threads);
  work.sizes = allocate(((size_t)model->dim_count + (size_t)model->derived_count + 1) * sizeof *work.sizes, 64);
  work.inputs = allocate(((size_t)model->input_count + 1) * sizeof *work.inputs, 64);
  for (int32_t k = 0; k <= model->dim_count + model->derived_count; ++k) work.sizes[k] = SIZE_MAX;
  find_inputs(&work, &given);
  work.outputs = make_arrays(&work, model->outputs, model->output_count);
  work.taps = given.taps ? make_arrays(&work, model->taps, model->tap_count) : NULL;
  if (given.bench_seconds > 0) {
    if (model->streams > 0 && work.sizes[0] > model->streams) {
      fail(EXIT_USAGE, "--bench times one call, which has at most %zu sample%s: one for each stream", model->streams,
           model->streams == 1 ? "" : "s");
    }
    measure(&work, given.bench_seconds);
    return 0;
  }
  run_all(&work);
  for (int32_t index = 0; index < model->output_count; ++index) {
    if (given.output_paths[index] != NULL) write_output(&work.outputs[index], given.output_paths[index]);
  }
  print_outputs(&work, &given);
  if (given.taps) print_taps(&work);
  if (fflush(stdout) != 0 || ferror(stdout)) fail(EXIT_WORLD, "the results could not be printed");
  return 0;
}
