"""A caller in Python, for the runtimes that are called from it; it speaks as callers/caller.h does:
`worker.py PEER MODEL INPUT OUTPUT INPUT_SHAPE OUTPUT_SHAPE THREADS`."""
import itertools
import os
import sys
import time

import numpy as np


def open_litert(model, x, threads):
    from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(model_path=model, num_threads=threads)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    index = interpreter.get_output_details()[0]["index"]
    invoke = interpreter._interpreter.Invoke  # the public method looks it up and checks every time
    return invoke, lambda: interpreter.get_tensor(index)


def open_torch(model, x, threads, mode=None):
    import torch
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    module = torch.load(model, weights_only=False)
    if mode:
        import torch._inductor.config
        torch._inductor.config.freezing = True
        module = torch.compile(module, mode=mode)
    x = torch.from_numpy(x)

    def call():
        return module(x)

    call()
    return call, lambda: call().numpy()


def open_torch_compile(model, x, threads):
    return open_torch(model, x, threads, "default")


def open_tensorflow(model, x, threads, compiled=False):
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    loaded = tf.saved_model.load(model)
    function = tf.function(loaded.call, input_signature=[tf.TensorSpec(x.shape, tf.float32)], jit_compile=compiled)
    tensor = tf.constant(x)

    def call():
        return function(tensor)

    call()
    return call, lambda: call().numpy()


def open_xla(model, x, threads):
    return open_tensorflow(model, x, threads, True)


def open_iree(model, x, threads):
    import iree.runtime as runtime
    if threads > 1:
        cores = sorted(os.sched_getaffinity(0))[:threads]
        runtime.flags.parse_flags("--task_topology_cpu_ids=" + ",".join(map(str, cores)))
    config = runtime.Config("local-sync" if threads == 1 else "local-task")
    module = runtime.VmModule.mmap(config.vm_instance, model)
    context = runtime.VmContext(config.vm_instance, modules=(*config.default_vm_modules, module))
    function = module.lookup_function("network")
    arguments = runtime.VmVariantList(1)
    arguments.push_ref(runtime.asdevicearray(config.device, x)._buffer_view)
    results = [runtime.VmVariantList(1)]

    def call():
        results[0] = runtime.VmVariantList(1)
        context.invoke(function, arguments, results[0])

    def result():
        call()
        view = results[0].get_as_object(0, runtime.HalBufferView)
        return runtime.DeviceArray(config.device, view, implicit_host_transfer=True).to_host()

    return call, result


def main():
    peer, model, input_path, output_path, input_shape, output_shape, threads = sys.argv[1:]
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", OMP_NUM_THREADS=threads)
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    x = np.fromfile(input_path, np.float32).reshape([int(size) for size in input_shape.split("x")])
    call, result = globals()[f"open_{peer}"](model, x, int(threads))
    call()
    np.ascontiguousarray(result(), np.float32).tofile(output_path)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        repeats = itertools.repeat(None, int(line))
        begin = time.perf_counter()
        for _ in repeats:
            call()
        print(time.perf_counter() - begin, file=answers, flush=True)


if __name__ == "__main__":
    main()
