#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>
#include <jerror.h>

/* libjpeg leaves by longjmp when a file is bad. No Swift frame may lie between: the jump starts and ends in this file. */

struct nabla_jpeg_reader {
  struct jpeg_decompress_struct decompressor;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf out;
  char *message;
};

static void nabla_jpeg_leave(j_common_ptr decompressor) {
  struct nabla_jpeg_reader *reader = (struct nabla_jpeg_reader *)decompressor->client_data;
  reader->errors.format_message(decompressor, reader->message);
  longjmp(reader->out, 1);
}

/* A warning says that pixels are wrong or missing: an error here, except where only the wrapping is odd. */
static void nabla_jpeg_warn(j_common_ptr decompressor, int level) {
  int code = decompressor->err->msg_code;
  if (level >= 0 || code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM) return;
  nabla_jpeg_leave(decompressor);
}

/* A file of a few bytes can ask for any number of passes over a large picture; encoders make about ten. */
static void nabla_jpeg_watch(j_common_ptr decompressor) {
  struct nabla_jpeg_reader *reader = (struct nabla_jpeg_reader *)decompressor->client_data;
  if (reader->decompressor.input_scan_number <= 100) return;
  strcpy(reader->message, "More than 100 scans");
  longjmp(reader->out, 1);
}

/** Reads the JPEG in `bytes` as rows x columns grey pixels, row-major.
 *  Memory   at most `memory` bytes beside `pixels`.
 *  Returns  1; 0 with libjpeg's words in `message`, of JMSG_LENGTH_MAX characters. */
static inline int nabla_jpeg_read(const unsigned char *bytes, unsigned long count, long memory, unsigned char *pixels,
                                  unsigned rows, unsigned columns, char *message) {
  struct nabla_jpeg_reader *reader = (struct nabla_jpeg_reader *)calloc(1, sizeof *reader);
  if (!reader) {
    strcpy(message, "Out of memory");
    return 0;
  }
  reader->message = message;
  reader->decompressor.err = jpeg_std_error(&reader->errors);
  reader->errors.error_exit = nabla_jpeg_leave;
  reader->errors.emit_message = nabla_jpeg_warn;
  reader->progress.progress_monitor = nabla_jpeg_watch;
  reader->decompressor.client_data = reader;
  if (setjmp(reader->out)) {
    jpeg_destroy_decompress(&reader->decompressor);
    free(reader);
    return 0;
  }
  jpeg_create_decompress(&reader->decompressor);
  reader->decompressor.progress = &reader->progress;
  reader->decompressor.mem->max_memory_to_use = memory;
  jpeg_mem_src(&reader->decompressor, bytes, count);
  jpeg_read_header(&reader->decompressor, TRUE);
  reader->decompressor.out_color_space = JCS_GRAYSCALE;
  jpeg_start_decompress(&reader->decompressor);
  int fits = reader->decompressor.output_width == columns && reader->decompressor.output_height == rows &&
             reader->decompressor.output_components == 1;
  while (fits && reader->decompressor.output_scanline < rows) {
    JSAMPROW row = pixels + (size_t)columns * reader->decompressor.output_scanline;
    jpeg_read_scanlines(&reader->decompressor, &row, 1);
  }
  if (fits) jpeg_finish_decompress(&reader->decompressor);
  else strcpy(message, "Another size than its header says");
  jpeg_destroy_decompress(&reader->decompressor);
  free(reader);
  return fits;
}
