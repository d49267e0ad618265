/* .npy files: "\x93NUMPY", a version, the header's length, a Python dictionary, the numbers. Nothing is believed. */
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

typedef struct parser {
  const char *at, *end;
  const char* path;
  int32_t dtype;
  int32_t element_bytes;
  bool big_endian, fortran_order, has_dtype, has_order, has_shape;
  array values;
} parser;

static void damaged(const parser* reader, const char* why) {
  fail(EXIT_WORLD, "`%s` is no sound .npy file: %s", reader->path, why);
}

static bool take(parser* reader, const char* word) {
  while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\t')) ++reader->at;
  size_t length = strlen(word);
  if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0) return false;
  reader->at += length;
  return true;
}

/* A text between quotes, at most 30 bytes. */
static void read_text(parser* reader, char text[32]) {
  const char quote = take(reader, "'") ? '\'' : take(reader, "\"") ? '"' : '\0';
  size_t length = 0;
  if (quote == '\0') damaged(reader, "its header does not read on");
  while (reader->at < reader->end && *reader->at != quote && length < 30) text[length++] = *reader->at++;
  text[length] = '\0';
  if (reader->at == reader->end || *reader->at != quote) damaged(reader, "its header does not read on");
  ++reader->at;
}

static void read_dtype(parser* reader) {
  static const struct {
    const char* text;
    int32_t dtype;
  } kTypes[] = {{"f2", KDLC_F16}, {"f4", KDLC_F32}, {"f8", KDLC_F64}, {"i1", KDLC_I8},  {"i2", KDLC_I16},
                {"i4", KDLC_I32}, {"i8", KDLC_I64}, {"u1", KDLC_U8},  {"b1", KDLC_BOOL}};
  char text[32];
  if (take(reader, "[")) damaged(reader, "it holds records, not one array of numbers");
  read_text(reader, text);
  const char* type = strchr("<>|=", text[0]) != NULL && text[0] != '\0' ? text + 1 : text;
  reader->big_endian = text[0] == '>';
  for (size_t k = 0; k < sizeof kTypes / sizeof *kTypes; ++k) {
    if (strcmp(type, kTypes[k].text) == 0) {
      reader->values.dtype = kTypes[k].dtype;
      return;
    }
  }
  for (char* letter = text; *letter != '\0'; ++letter) *letter = (char)(*letter < ' ' || *letter > '~' ? '?' : *letter);
  fail(EXIT_DATA, "`%s` holds elements of type `%s`, which no input takes", reader->path, text);
}

static void read_shape(parser* reader) {
  array* values = &reader->values;
  if (!take(reader, "(")) damaged(reader, "its header does not read on");
  while (!take(reader, ")")) {
    int64_t size = 0;
    take(reader, ""); /* spaces */
    const char* first = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
      size = size * 10 + (*reader->at++ - '0');
      if (size > (int64_t)1 << 50) damaged(reader, "its header has a size beyond all memory");
    }
    if (reader->at == first || values->axis_count == MOST_AXES) damaged(reader, "its shape does not read on");
    values->axes[values->axis_count++] = size;
    take(reader, "L");
    if (!take(reader, ",")) {
      if (!take(reader, ")")) damaged(reader, "its shape does not read on");
      break;
    }
  }
}

static void read_dictionary(parser* reader) {
  if (!take(reader, "{")) damaged(reader, "its header does not read on");
  while (!take(reader, "}")) {
    char key[32];
    read_text(reader, key);
    bool* seen = strcmp(key, "descr") == 0           ? &reader->has_dtype
                 : strcmp(key, "fortran_order") == 0 ? &reader->has_order
                 : strcmp(key, "shape") == 0         ? &reader->has_shape
                                                     : NULL;
    if (seen == NULL || *seen || !take(reader, ":")) damaged(reader, "its header has an unknown key, or one twice");
    *seen = true;
    if (seen == &reader->has_dtype) {
      read_dtype(reader);
    } else if (seen == &reader->has_shape) {
      read_shape(reader);
    } else {
      reader->fortran_order = take(reader, "True");
      if (!reader->fortran_order && !take(reader, "False")) damaged(reader, "its header does not read on");
    }
    if (!take(reader, ",")) {
      if (!take(reader, "}")) damaged(reader, "its header does not read on");
      break;
    }
  }
  take(reader, "");
  if (reader->at != reader->end) damaged(reader, "its header does not read on");
  if (!reader->has_dtype || !reader->has_order || !reader->has_shape) damaged(reader, "its header is not complete");
}

/* Copies element by element from the file's order and byte order. */
static void copy_numbers(const parser* reader, const char* numbers) {
  const array* values = &reader->values;
  const size_t element = dtype_bytes(values->dtype);
  size_t position[MOST_AXES] = {0};
  for (size_t index = 0; index < values->count; ++index) {
    size_t from = index;
    if (reader->fortran_order) {
      size_t stride = 1;
      from = 0;
      for (int32_t axis = 0; axis < values->axis_count; ++axis) {
        from += position[axis] * stride;
        stride *= (size_t)values->axes[axis];
      }
      for (int32_t axis = values->axis_count; axis-- > 0;) {
        if (++position[axis] < (size_t)values->axes[axis]) break;
        position[axis] = 0;
      }
    }
    for (size_t byte = 0; byte < element; ++byte) {
      ((char*)values->data)[index * element + byte] =
          numbers[from * element + (reader->big_endian ? element - 1 - byte : byte)];
    }
  }
}

bool is_npy(bytes file) {
  return file.size >= 6 && memcmp(file.data, "\x93NUMPY", 6) == 0;
}

array parse_npy(bytes file, const char* path) {
  parser reader;
  memset(&reader, 0, sizeof reader);
  reader.path = path;
  const unsigned char* start = (const unsigned char*)file.data;
  if (!is_npy(file) || file.size < 12 || start[6] < 1 || start[6] > 3)
    damaged(&reader, "it is cut short, or of an unknown version");
  size_t length = start[8] + 256U * start[9];
  size_t begin = 10;
  if (start[6] > 1) {
    length += (size_t)start[10] << 16 | (size_t)start[11] << 24;
    begin = 12;
  }
  if (length > file.size - begin) damaged(&reader, "its header is cut short");
  reader.at = file.data + begin;
  reader.end = reader.at + length;
  read_dictionary(&reader);
  array* values = &reader.values;
  values->count = 1;
  for (int32_t axis = 0; axis < values->axis_count; ++axis) {
    if (values->axes[axis] == 0) values->count = 0;
  }
  for (int32_t axis = 0; axis < values->axis_count && values->count != 0; ++axis) {
    values->count = multiply(values->count, (size_t)values->axes[axis], path);
  }
  const size_t wanted = multiply(values->count, dtype_bytes(values->dtype), path);
  if (file.size - begin - length != wanted) {
    fail(EXIT_WORLD, "`%s` is no sound .npy file: its shape needs %zu bytes of numbers, but %zu follow the header",
         path, wanted, file.size - begin - length);
  }
  values->data = allocate(wanted, 64);
  if (reader.big_endian || reader.fortran_order) {
    copy_numbers(&reader, reader.end);
  } else {
    memcpy(values->data, reader.end, wanted);
  }
  return *values;
}

void write_npy(const char* path, const array* values) {
  static const char* const kTypes[] = {"<f2", "<f4", "<f4", "<f8", "|i1", "<i2", "<i4", "<i8", "|u1", "|b1"};
  char header[1024];
  int end =
      snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (", kTypes[values->dtype]);
  for (int32_t axis = 0; axis < values->axis_count; ++axis) {
    const char* separator = values->axis_count == 1 ? "," : axis + 1 < values->axis_count ? ", " : "";
    end += snprintf(header + end, sizeof header - (size_t)end, "%lld%s", (long long)values->axes[axis], separator);
  }
  end += snprintf(header + end, sizeof header - (size_t)end, "), }");
  while ((10 + end + 1) % 64 != 0) header[end++] = ' ';
  header[end++] = '\n';
  output_file file = open_output(path);
  fwrite("\x93NUMPY\x01\x00", 1, 8, file.stream);
  fputc(end & 255, file.stream);
  fputc(end >> 8, file.stream);
  fwrite(header, 1, (size_t)end, file.stream);
  if (values->dtype == KDLC_BF16) { /* NumPy has no bf16; f32 holds all of its numbers */
    for (size_t index = 0; index < values->count; ++index) {
      float number = (float)load_number(KDLC_BF16, values->data, index);
      fwrite(&number, sizeof number, 1, file.stream);
    }
  } else {
    fwrite(values->data, dtype_bytes(values->dtype), values->count, file.stream);
  }
  close_output(&file);
}
