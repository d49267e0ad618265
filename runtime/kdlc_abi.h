/* kdlc_abi.h: the binary interface between a compiled model, its caller and kdlc's own tools. C99 and C++.
 * The same text stands, guarded, in every generated header. */
#ifndef KDLC_ABI_H_
#define KDLC_ABI_H_

#include <stddef.h>
#include <stdint.h>

#define KDLC_ABI_VERSION 2

/* Status of every call; the numbers are the same in every model. */
enum kdlc_status {
  KDLC_OK = 0,
  KDLC_E_NULL = 1,        /* a pointer that is needed is NULL */
  KDLC_E_ARENA_ALIGN = 2, /* the arena is not aligned */
  KDLC_E_ARENA_SIZE = 3,  /* the arena is too small */
  KDLC_E_WEIGHTS = 4,     /* weights of another model, target or version, or damaged */
  KDLC_E_SIZE = 5,        /* a run-time size outside its bound */
  KDLC_E_INDEX = 6,       /* an id outside its table */
  KDLC_E_CPU = 7          /* this processor lacks instructions that the code needs */
};

enum kdlc_dtype {
  KDLC_F16 = 0, KDLC_BF16 = 1, KDLC_F32 = 2, KDLC_F64 = 3, KDLC_I8 = 4,
  KDLC_I16 = 5, KDLC_I32 = 6, KDLC_I64 = 7, KDLC_U8 = 8, KDLC_BOOL = 9
};

/* Runs body(body_context, index) for every index below count, in any order, on any threads, at once or one after the
 * other; returns after the last, and its caller then sees what all of them wrote. A call of a model that was built for
 * several threads uses it once for every part of the work; calls at the same time may share it. */
typedef void (*kdlc_parallel_for)(void *context, size_t count, void (*body)(void *body_context, size_t index),
                                  void *body_context);
/* A named value of samples first to first + n - 1, row-major; a value that all samples share comes once, as one. */
typedef void (*kdlc_tap)(void *context, const char *name, size_t first, size_t n, const void *data);

typedef struct kdlc_options {
  size_t struct_bytes; /* sizeof(kdlc_options) */
  kdlc_parallel_for parallel_for;
  void *parallel_context;
  kdlc_tap tap;
  void *tap_context;
} kdlc_options;

/* Stands for every stream in <model>_reset. */
#define KDLC_ALL_STREAMS ((size_t)-1)

/* Bound weights: filled by <model>_bind, or the constant <model>_embedded. Treat as opaque; copy freely. */
typedef struct kdlc_weights {
  const void *data; /* 64-byte aligned packed tensors */
  uint64_t hash;    /* of the model and packing they are for */
} kdlc_weights;

/* One axis of a tensor: a fixed size, or -1 for the batch, or -2 - k for declared dim k. Behind the declared dims follow
 * the derived sizes, such as `T - 2`. */
typedef struct kdlc_tensor {
  const char *name;
  const char *doc;         /* may be empty */
  int32_t dtype;           /* enum kdlc_dtype */
  int32_t axis_count;      /* with the batch */
  const int64_t *axes;
  int64_t sample_bytes;    /* bytes of one sample (of the whole tensor when it has no batch); 0 when it depends on a dim */
  int64_t range_begin;     /* `in a..b`; both 0 when there is none */
  int64_t range_end;
} kdlc_tensor;

typedef struct kdlc_dim {
  const char *name;
  int64_t bound;
} kdlc_dim;

/* Everything a caller needs to use a model without its typed header. */
typedef struct kdlc_model {
  int32_t abi_version;
  int32_t input_count;
  int32_t output_count;
  int32_t dim_count;       /* declared dims, without the batch */
  const char *name;
  const char *doc;
  const char *target;      /* `x86_64-linux-gnu x86-64-v4` */
  const kdlc_tensor *inputs;
  const kdlc_tensor *outputs;
  const kdlc_dim *dims;
  size_t arena_bytes;
  size_t arena_align;
  size_t chunk;            /* samples that are computed together */
  size_t weights_bytes;    /* size of the packed weights */
  uint64_t weights_hash;
  const kdlc_weights *embedded; /* NULL: external */
  int32_t (*check_cpu)(void);   /* KDLC_OK or KDLC_E_CPU */
  int32_t (*bind)(kdlc_weights *weights, const void *bytes, size_t size);
  /* state: what the model keeps from call to call; NULL where state_bytes is 0. sizes: n, then one for each declared dim. */
  int32_t (*run)(const kdlc_weights *weights, void *arena, size_t arena_bytes, const kdlc_options *options,
                 void *state, const size_t *sizes, const void *const *inputs, void *const *outputs);
  int32_t tap_count;
  const char *const *tap_names;
  const kdlc_tensor *taps;      /* their types; in the order of tap_names */
  int32_t derived_count;        /* sizes of axes that follow from the declared dims */
  const char *const *derived_names;
  /* Fills the derived sizes from `sizes`, n and the declared dims; NULL where there are none. */
  void (*derive)(const size_t *sizes, size_t *derived);
  size_t streams;               /* n is at most this: every sample is a stream that goes on in the next call; 0: any n */
  size_t state_bytes;           /* of `state`, aligned to 8; all zeros before the first call; 0: nothing is kept */
  int32_t (*reset)(void *state, size_t stream); /* NULL where state_bytes is 0 */
  size_t threads;          /* that one call can use; 1: it never calls parallel_for */
} kdlc_model;

/* A packed weights file: this header, zeros up to 64 bytes, then the packed tensors. Little-endian. */
typedef struct kdlc_packed_header {
  char magic[8];           /* "KDLCPACK" */
  uint32_t version;        /* 1 */
  uint32_t reserved;       /* 0 */
  uint64_t hash;           /* of model and packing */
  uint64_t bytes;          /* of the tensors */
  uint64_t checksum;       /* FNV-1a 64 over the tensors, taken as 64-bit little-endian words */
  uint64_t padding[3];
} kdlc_packed_header;

#endif /* KDLC_ABI_H_ */
