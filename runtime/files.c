/* Files read whole, files written beside their place and renamed, memory, and the last words of the program. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime.h"

static const char* name_of_program = "model";

void set_program_name(const char* name) {
  const char* slash = strrchr(name, '/');
  name_of_program = slash != NULL ? slash + 1 : name;
}

const char* program_name(void) {
  return name_of_program;
}

/* Removed when the program fails before the file is whole. */
static const char* unfinished_file = NULL;

void fail(int exit_code, const char* format, ...) {
  va_list facts;
  fflush(stdout);
  fprintf(stderr, "%s: ", name_of_program);
  va_start(facts, format);
  vfprintf(stderr, format, facts);
  va_end(facts);
  fputc('\n', stderr);
  if (unfinished_file != NULL) unlink(unfinished_file);
  exit(exit_code);
}

void* allocate(size_t size, size_t align) {
  void* memory = NULL;
  if (align < 64) align = 64;
  if (size == 0) size = 1;
  if (posix_memalign(&memory, align, size) != 0) fail(EXIT_WORLD, "there is no memory for %zu bytes", size);
  memset(memory, 0, size);
  return memory;
}

size_t multiply(size_t left, size_t right, const char* what) {
  if (right != 0 && left > SIZE_MAX / 4 / right) fail(EXIT_DATA, "%s is larger than all memory", what);
  return left * right;
}

static bytes read_stream(FILE* stream, const char* path) {
  bytes file = {NULL, 0};
  size_t room = 1 << 16;
  file.data = malloc(room);
  while (file.data != NULL) {
    size_t got = fread(file.data + file.size, 1, room - file.size - 1, stream);
    file.size += got;
    if (got == 0) break;
    if (file.size == room - 1) {
      char* larger = room > SIZE_MAX / 2 ? NULL : realloc(file.data, room * 2);
      if (larger == NULL) fail(EXIT_WORLD, "there is no memory for `%s`", path);
      file.data = larger;
      room *= 2;
    }
  }
  if (file.data == NULL) fail(EXIT_WORLD, "there is no memory for `%s`", path);
  if (ferror(stream)) fail(EXIT_WORLD, "cannot read `%s`: %s", path, strerror(errno));
  file.data[file.size] = '\0';
  return file;
}

bytes read_file(const char* path) {
  if (strcmp(path, "-") == 0) return read_stream(stdin, "standard input");
  struct stat status;
  FILE* stream = fopen(path, "rb");
  if (stream == NULL) fail(EXIT_WORLD, "cannot open `%s`: %s", path, strerror(errno));
  if (fstat(fileno(stream), &status) == 0 && S_ISDIR(status.st_mode))
    fail(EXIT_WORLD, "cannot read `%s`: it is a folder", path);
  bytes file = read_stream(stream, path);
  fclose(stream);
  return file;
}

output_file open_output(const char* path) {
  output_file file = {NULL, path, NULL};
  struct stat status;
  if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
    file.stream = S_ISDIR(status.st_mode) ? NULL : fopen(path, "wb");
    if (file.stream == NULL)
      fail(EXIT_WORLD, "cannot write `%s`: %s", path, S_ISDIR(status.st_mode) ? "it is a folder" : strerror(errno));
    return file;
  }
  size_t length = strlen(path);
  file.beside = allocate(length + 8, 1);
  memcpy(file.beside, path, length);
  memcpy(file.beside + length, ".XXXXXX", 8);
  int descriptor = mkstemp(file.beside);
  mode_t mask = umask(0);
  umask(mask);
  if (descriptor < 0) fail(EXIT_WORLD, "cannot write `%s`: %s", path, strerror(errno));
  unfinished_file = file.beside;
  if (fchmod(descriptor, 0666 & ~mask) != 0 || (file.stream = fdopen(descriptor, "wb")) == NULL)
    fail(EXIT_WORLD, "cannot write `%s`: %s", path, strerror(errno));
  return file;
}

void close_output(output_file* file) {
  bool is_whole = !ferror(file->stream);
  is_whole = fclose(file->stream) == 0 && is_whole; /* a full disk may show only here */
  if (!is_whole || (file->beside != NULL && rename(file->beside, file->path) != 0))
    fail(EXIT_WORLD, "cannot write `%s`: %s", file->path, strerror(errno));
  unfinished_file = NULL;
  free(file->beside);
}

void write_raw(const char* path, const array* values) {
  output_file file = open_output(path);
  fwrite(values->data, dtype_bytes(values->dtype), values->count, file.stream);
  close_output(&file);
}

bool has_ending(const char* path, const char* ending) {
  size_t path_length = strlen(path), length = strlen(ending);
  return path_length >= length && strcasecmp(path + path_length - length, ending) == 0;
}

char* axes_text(char* text, size_t text_size, int32_t axis_count, const int64_t* axes, const kdlc_model* model) {
  size_t end = (size_t)snprintf(text, text_size, "[");
  for (int32_t axis = 0; axis < axis_count && end < text_size; ++axis) {
    const char* separator = axis == 0 ? "" : ", ";
    int64_t size = axes[axis];
    if (size >= 0) {
      end += (size_t)snprintf(text + end, text_size - end, "%s%lld", separator, (long long)size);
    } else {
      const int64_t dim = -2 - size;
      const char* symbol = size == -1               ? "n"
                           : dim < model->dim_count ? model->dims[dim].name
                                                    : model->derived_names[dim - model->dim_count];
      end += (size_t)snprintf(text + end, text_size - end, "%s%s", separator, symbol);
    }
  }
  if (end < text_size) snprintf(text + end, text_size - end, "]");
  return text;
}
