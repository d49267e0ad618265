/* CSV and other rows of numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

static bool is_separator(char character) {
  return character == ',' || character == ';' || character == '\t' || character == ' ';
}
static bool is_line_end(char character) {
  return character == '\n' || character == '\r';
}

typedef struct numbers {
  void* data;
  size_t count, room;
  bool integers;
} numbers;

/* Reads one number at `at`; NULL when there is none, else where it ends. */
static const char* read_number(numbers* list, const char* at, const char* path) {
  char* number_end = NULL;
  const bool has_quote = *at == '"';
  if (has_quote) ++at;
  double real = 0;
  long long whole = 0;
  errno = 0;
  if (list->integers) {
    whole = strtoll(at, &number_end, 10);
    if (errno == ERANGE) return NULL;
  } else {
    real = strtod(at, &number_end);
  }
  if (number_end == at) return NULL;
  if (has_quote && *number_end++ != '"') return NULL;
  if (*number_end != '\0' && !is_separator(*number_end) && !is_line_end(*number_end)) return NULL;
  if (list->count == list->room) {
    list->room = list->room == 0 ? 1024 : list->room * 2;
    void* larger = list->room > SIZE_MAX / 16 ? NULL : realloc(list->data, list->room * 8);
    if (larger == NULL) fail(EXIT_WORLD, "there is no memory for `%s`", path);
    list->data = larger;
  }
  if (list->integers) {
    ((int64_t*)list->data)[list->count++] = whole;
  } else {
    ((double*)list->data)[list->count++] = real;
  }
  return number_end;
}

static bool begins_number(const char* at) {
  char* end = NULL;
  strtod(at, &end);
  return end != at;
}

/* Behind spaces and one separating comma, semicolon or tab. */
static const char* skip_separator(const char* at) {
  while (*at == ' ') ++at;
  if (*at == ',' || *at == ';' || *at == '\t') ++at;
  while (*at == ' ') ++at;
  return at;
}

array parse_table(bytes file, const char* path, bool integers) {
  numbers list = {NULL, 0, 0, integers};
  array values;
  size_t rows = 0, columns = 0, line = 0;
  const char* at = file.data;
  memset(&values, 0, sizeof values);
  if (memchr(file.data, '\0', file.size) != NULL) fail(EXIT_WORLD, "`%s` is no text", path);
  if (strncmp(at, "\xef\xbb\xbf", 3) == 0) at += 3;
  while (*at != '\0') {
    const size_t row_begin = list.count;
    ++line;
    while (*at == ' ' || *at == '\t') ++at;
    while (*at != '\0' && !is_line_end(*at)) {
      const char* next = read_number(&list, at, path);
      if (next == NULL && line == 1 && list.count == 0 && !begins_number(at)) { /* a heading */
        at += strcspn(at, "\r\n");
        break;
      }
      if (next == NULL) {
        fail(EXIT_WORLD, "`%s`, line %zu, value %zu is no %s", path, line, list.count - row_begin + 1,
             integers ? "whole number of 64 bits" : "number");
      }
      at = skip_separator(next);
    }
    if (list.count > row_begin) {
      if (rows > 0 && list.count - row_begin != columns) {
        fail(EXIT_WORLD, "`%s`, line %zu has %zu values, but the lines before have %zu", path, line,
             list.count - row_begin, columns);
      }
      columns = list.count - row_begin;
      ++rows;
    }
    if (*at == '\r' && at[1] == '\n') ++at;
    if (*at != '\0') ++at;
  }
  if (rows == 0) fail(EXIT_DATA, "`%s` holds no numbers", path);
  values.dtype = integers ? KDLC_I64 : KDLC_F64;
  values.axis_count = 2;
  values.axes[0] = (int64_t)rows, values.axes[1] = (int64_t)columns;
  values.count = list.count;
  values.data = list.data;
  return values;
}

void write_table(const char* path, const array* values) {
  output_file file = open_output(path);
  const size_t rows = values->axis_count > 0 ? (size_t)values->axes[0] : 1;
  const size_t columns = rows == 0 ? 0 : values->count / rows;
  for (size_t index = 0; index < values->count; ++index) {
    const char* separator = (index + 1) % columns == 0 ? "\n" : ",";
    if (values->dtype == KDLC_F64) {
      fprintf(file.stream, "%.17g%s", load_number(values->dtype, values->data, index), separator);
    } else if (dtype_is_float(values->dtype)) { /* nine digits give every f32 back */
      fprintf(file.stream, "%.9g%s", load_number(values->dtype, values->data, index), separator);
    } else {
      fprintf(file.stream, "%lld%s", (long long)load_integer(values->dtype, values->data, index), separator);
    }
  }
  close_output(&file);
}
