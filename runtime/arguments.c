/* The command line of an executable, and its help, both made from the model's descriptor. */
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

typedef struct words {
  const kdlc_model* model;
  int count, next;
  char** list;
  arguments result;
} words;

static int find_tensor(const kdlc_tensor* tensors, int32_t count, const char* name, size_t length) {
  for (int32_t index = 0; index < count; ++index) {
    if (strlen(tensors[index].name) == length && memcmp(tensors[index].name, name, length) == 0) return index;
  }
  return -1;
}

/* The names of tensors as `a`, `b` and `c`. */
static char* names_text(char* text, size_t size, const kdlc_tensor* tensors, int32_t count) {
  size_t end = 0;
  text[0] = '\0';
  for (int32_t index = 0; index < count && end < size; ++index) {
    const char* separator = index == 0 ? "" : index + 1 == count ? " and " : ", ";
    end += (size_t)snprintf(text + end, size - end, "%s`%s`", separator, tensors[index].name);
  }
  return text;
}

/* The value of option `name`: behind its `=`, or the next word. */
static const char* take_value(words* line, const char* value, const char* name) {
  if (value != NULL) return value;
  if (line->next == line->count) fail(EXIT_USAGE, "--%s needs a value; see --help", name);
  return line->list[line->next++];
}

static double read_positive(const char* text, const char* option) {
  char* end = NULL;
  double value = strtod(text, &end);
  if (end == text || *end != '\0' || !(value > 0) || value > 1e15)
    fail(EXIT_USAGE, "--%s takes a number above 0, not `%s`", option, text);
  return value;
}

static void set_path(const char** paths, const kdlc_tensor* tensors, int index, const char* path) {
  if (paths[index] != NULL)
    fail(EXIT_USAGE, "`%s` is given twice: `%s` and `%s`", tensors[index].name, paths[index], path);
  if (*path == '\0') fail(EXIT_USAGE, "`%s` needs the name of a file", tensors[index].name);
  paths[index] = path;
}

/* `NAME=FILE`, or `FILE` where there is only one tensor. */
static void set_named(const char* option, const kdlc_tensor* tensors, int32_t count, const char** paths,
                      const char* value) {
  char text[1024];
  const char* equals = strchr(value, '=');
  const int index = equals != NULL ? find_tensor(tensors, count, value, (size_t)(equals - value)) : -1;
  if (index >= 0) {
    set_path(paths, tensors, index, equals + 1);
  } else if (count == 1) {
    set_path(paths, tensors, 0, value);
  } else {
    fail(EXIT_USAGE, "--%s takes NAME=FILE, not `%s`; the model has %s", option, value,
         names_text(text, sizeof text, tensors, count));
  }
}

static bool is_number(const char* word) {
  char* end = NULL;
  strtod(word, &end);
  return end != word && *end == '\0';
}

/* True when `name` is one of the executable's own options. */
static bool take_option(words* line, const char* name, const char* value) {
  const kdlc_model* model = line->model;
  if (strcmp(name, "help") == 0) {
    line->result.help = true;
  } else if (strcmp(name, "taps") == 0) {
    if (line->model->tap_count == 0) fail(EXIT_USAGE, "this model has no taps: build it with --taps");
    line->result.taps = true;
  } else if (strcmp(name, "input") == 0) {
    set_named("input", model->inputs, model->input_count, line->result.input_paths, take_value(line, value, name));
  } else if (strcmp(name, "output") == 0) {
    set_named("output", model->outputs, model->output_count, line->result.output_paths, take_value(line, value, name));
  } else if (strcmp(name, "weights") == 0) {
    line->result.weights_path = take_value(line, value, name);
  } else if (strcmp(name, "top") == 0) {
    line->result.top = (size_t)read_positive(take_value(line, value, name), name);
  } else if (strcmp(name, "threads") == 0) {
    line->result.threads = (size_t)read_positive(take_value(line, value, name), name);
    if (line->result.threads > model->threads) {
      fail(EXIT_USAGE, "--threads takes at most %zu here: build with `--threads %zu` for more", model->threads,
           line->result.threads);
    }
  } else if (strcmp(name, "samples") == 0) {
    line->result.samples = (size_t)read_positive(take_value(line, value, name), name);
  } else if (strcmp(name, "bench") == 0) {
    const bool has_next = value == NULL && line->next < line->count && is_number(line->list[line->next]);
    const char* seconds = value != NULL ? value : has_next ? line->list[line->next++] : "1";
    line->result.bench_seconds = read_positive(seconds, name);
  } else {
    return false;
  }
  return true;
}

static void take_word(words* line, char* word) {
  const kdlc_model* model = line->model;
  char text[1024];
  if (strcmp(word, "-h") == 0) {
    line->result.help = true;
    return;
  }
  if (word[0] != '-' || word[1] == '\0') { /* a file, or `-` for standard input */
    if (model->input_count != 1) {
      fail(EXIT_USAGE, "which input is `%s`? the model has %s; write --NAME %s", word,
           names_text(text, sizeof text, model->inputs, model->input_count), word);
    }
    set_path(line->result.input_paths, model->inputs, 0, word);
    return;
  }
  const char* name = word + (word[1] == '-' ? 2 : 1);
  char* equals = strchr(name, '=');
  const size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
  /* An input with the name of an option is reached by --input. */
  static const char* const kOptions[] = {"help",    "input", "output", "weights", "top",
                                         "samples", "bench", "taps",   "threads"};
  for (size_t k = 0; k < sizeof kOptions / sizeof *kOptions; ++k) {
    if (strlen(kOptions[k]) == length && memcmp(kOptions[k], name, length) == 0 && word[1] == '-') {
      take_option(line, kOptions[k], equals != NULL ? equals + 1 : NULL);
      return;
    }
  }
  const int index = word[1] == '-' ? find_tensor(model->inputs, model->input_count, name, length) : -1;
  if (index < 0) {
    fail(EXIT_USAGE, "there is no option `%s`; inputs are %s; see --help", word,
         names_text(text, sizeof text, model->inputs, model->input_count));
  }
  set_path(line->result.input_paths, model->inputs, index,
           take_value(line, equals != NULL ? equals + 1 : NULL, model->inputs[index].name));
}

arguments parse_arguments(const kdlc_model* model, int count, char** list) {
  words line = {model, count, 1, list, {NULL, NULL, NULL, 0, 0, 0, 0, false, false}};
  line.result.input_paths = allocate(((size_t)model->input_count + 1) * sizeof(char*), 1);
  line.result.output_paths = allocate(((size_t)model->output_count + 1) * sizeof(char*), 1);
  while (line.next < line.count) take_word(&line, line.list[line.next++]);
  return line.result;
}

static void print_tensors(const kdlc_model* model, const kdlc_tensor* tensors, int32_t count, const char* dashes) {
  char axes[512];
  int width = 0;
  for (int32_t index = 0; index < count; ++index) {
    const int length = (int)strlen(tensors[index].name);
    width = length > width ? length : width;
  }
  for (int32_t index = 0; index < count; ++index) {
    const kdlc_tensor* tensor = &tensors[index];
    axes_text(axes, sizeof axes, tensor->axis_count, tensor->axes, model);
    printf("  %s%-*s  %s%s", dashes, width, tensor->name, dtype_name(tensor->dtype), axes);
    if (tensor->range_begin != tensor->range_end)
      printf(" in %lld..%lld", (long long)tensor->range_begin, (long long)tensor->range_end);
    putchar('\n');
    for (const char* doc = tensor->doc; doc != NULL && *doc != '\0';) {
      const size_t length = strcspn(doc, "\n");
      printf("  %*s%*s  %.*s\n", (int)strlen(dashes), "", width, "", (int)length, doc);
      doc += length + (doc[length] == '\n' ? 1 : 0);
    }
  }
}

void print_help(const kdlc_model* model) {
  printf("%s: a neural network, compiled by kdlc\n", model->name);
  if (model->doc != NULL && *model->doc != '\0') printf("\n%s\n", model->doc);
  printf("\nusage: %s", program_name());
  for (int32_t index = 0; index < model->input_count; ++index) printf(" --%s FILE", model->inputs[index].name);
  printf(" [options]\n");
  if (model->input_count == 1) printf("       %s FILE [options]\n", program_name());
  printf("\ninputs (n: the number of samples)\n");
  print_tensors(model, model->inputs, model->input_count, "--");
  printf("\noutputs\n");
  print_tensors(model, model->outputs, model->output_count, "");
  for (int32_t dim = 0; dim < model->dim_count; ++dim) {
    printf("%s  %s is at most %lld\n", dim == 0 ? "\nsizes\n" : "", model->dims[dim].name,
           (long long)model->dims[dim].bound);
  }
  if (model->streams > 0) {
    printf("\nstates\n  sample i goes on where sample i - %zu ended; the first %zu begin%s fresh\n", model->streams,
           model->streams, model->streams == 1 ? "s" : "");
  }
  printf(
      "\nfiles\n"
      "  .npy         as NumPy writes them; one sample may come without its first axis\n"
      "  .csv         one sample a row; .tsv and .txt too, with commas, semicolons, tabs or spaces\n"
      "  .bin         the numbers alone, little-endian, row by row\n"
      "  -            standard input, .npy or text\n"
      "\noptions\n"
      "  --input NAME=FILE   an input whose name is that of an option\n"
      "  --output NAME=FILE  writes an output as .npy, .csv or .bin, in place of printing it\n"
      "  --top K             prints the K best classes\n"
      "  --bench [SECONDS]   measures the time of a call; without files on made-up numbers\n"
      "  --samples N         how many samples --bench makes up (default 1)\n"
      "  --weights FILE      packed weights%s\n"
      "%s%s"
      "  --help              this text\n"
      "\nfor %s; %zu bytes of weights%s, %zu bytes of working memory\n",
      model->embedded == NULL ? ", which this executable needs" : " in place of those inside",
      model->tap_count > 0 ? "  --taps              shows the values that the model names with `tap`\n" : "",
      model->threads > 1 ? "  --threads K         computes with K threads; else with as many as there are cores\n" : "",
      model->target, model->weights_bytes, model->embedded == NULL ? ", not inside" : "", model->arena_bytes);
}
