/* ONNX Runtime through its C interface. The wheel has no header: the part of `OrtApi` that is used is declared here.
 * Its functions are never moved (new versions append), so an index is as good as a name. */
#include <stdio.h>
#include <stdlib.h>

#include "caller.h"

enum {
  GET_ERROR_MESSAGE = 2,
  CREATE_ENV = 3,
  CREATE_SESSION = 7,
  RUN = 9,
  CREATE_SESSION_OPTIONS = 10,
  SET_INTRA_OP_NUM_THREADS = 24,
  SET_INTER_OP_NUM_THREADS = 25,
  CREATE_TENSOR_WITH_DATA = 49,
  CREATE_CPU_MEMORY_INFO = 69,
  FUNCTION_COUNT
};
enum { API_VERSION = 13, LOG_ERRORS = 3, FLOAT = 1, DEVICE_ALLOCATOR = 0, MEMORY_DEFAULT = 0 };

typedef struct {
  void (*functions[FUNCTION_COUNT])(void);
} OrtApi;
typedef struct {
  const OrtApi* (*get_api)(uint32_t version);
  const char* (*version)(void);
} OrtApiBase;
extern const OrtApiBase* OrtGetApiBase(void);

typedef void* (*run_function)(void* session, const void* options, const char* const* input_names,
                              const void* const* inputs, size_t input_count, const char* const* output_names,
                              size_t output_count, void** outputs);

static const OrtApi* api;
static run_function run;
static void *session, *input, *output;
static const char *input_name = "input", *output_name = "output";

#define FUNCTION(index, ...) ((void* (*)(__VA_ARGS__))api->functions[index])

static void require(void* status) {
  if (status != NULL) {
    caller_require(0, ((const char* (*)(void*))api->functions[GET_ERROR_MESSAGE])(status));
  }
}

static void* tensor(void* memory_info, float* data, size_t bytes, const int64_t* shape, size_t axes) {
  void* value = NULL;
  require(FUNCTION(CREATE_TENSOR_WITH_DATA, void*, void*, size_t, const int64_t*, size_t, int, void**)(
      memory_info, data, bytes, shape, axes, FLOAT, &value));
  return value;
}

void caller_open(const caller_task* task) {
  void *environment = NULL, *options = NULL, *memory_info = NULL;
  api = OrtGetApiBase()->get_api(API_VERSION);
  caller_require(api != NULL, "this ONNX Runtime has no interface of version 13");
  require(FUNCTION(CREATE_ENV, int, const char*, void**)(LOG_ERRORS, "benchmark", &environment));
  require(FUNCTION(CREATE_SESSION_OPTIONS, void**)(&options));
  require(FUNCTION(SET_INTRA_OP_NUM_THREADS, void*, int)(options, task->threads));
  require(FUNCTION(SET_INTER_OP_NUM_THREADS, void*, int)(options, 1));
  require(FUNCTION(CREATE_SESSION, void*, const char*, void*, void**)(environment, task->model, options, &session));
  require(FUNCTION(CREATE_CPU_MEMORY_INFO, int, int, void**)(DEVICE_ALLOCATOR, MEMORY_DEFAULT, &memory_info));
  input = tensor(memory_info, task->input, task->input_bytes, task->input_shape, task->input_axes);
  output = tensor(memory_info, task->output, task->output_bytes, task->output_shape, task->output_axes);
  run = (run_function)api->functions[RUN];
}

void caller_call(void) {
  const void* const inputs[] = {input};
  void* status = run(session, NULL, &input_name, inputs, 1, &output_name, 1, &output);
  if (status != NULL) {
    require(status);
  }
}
