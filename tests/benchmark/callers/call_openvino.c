/* OpenVINO through its C interface; float32 is asked for, as by default it may compute in bf16. */
#include <openvino/c/openvino.h>

#include <stdio.h>

#include "caller.h"

static ov_infer_request_t* request;

static void require(ov_status_e status) {
  if (status != OK) {
    caller_require(0, ov_get_last_err_msg());
  }
}

static ov_tensor_t* tensor(float* data, const int64_t* axes, size_t count) {
  ov_shape_t shape;
  ov_tensor_t* result = NULL;
  require(ov_shape_create((int64_t)count, axes, &shape));
  require(ov_tensor_create_from_host_ptr(F32, shape, data, &result));
  return result;
}

void caller_open(const caller_task* task) {
  ov_core_t* core = NULL;
  ov_compiled_model_t* model = NULL;
  char threads[16];
  snprintf(threads, sizeof threads, "%d", task->threads);
  require(ov_core_create(&core));
  require(ov_core_compile_model_from_file(core, task->model, "CPU", 8, &model, ov_property_key_inference_num_threads,
                                          threads, ov_property_key_hint_inference_precision, "f32",
                                          ov_property_key_hint_performance_mode, "LATENCY", ov_property_key_num_streams,
                                          "1"));
  require(ov_compiled_model_create_infer_request(model, &request));
  require(
      ov_infer_request_set_input_tensor_by_index(request, 0, tensor(task->input, task->input_shape, task->input_axes)));
  require(ov_infer_request_set_output_tensor_by_index(request, 0,
                                                      tensor(task->output, task->output_shape, task->output_axes)));
}

void caller_call(void) {
  if (ov_infer_request_infer(request) != OK) {
    require(GENERAL_ERROR);
  }
}
