/** The files of this folder as bytes, embedded by the compiler: the program reads none of them when it runs. */
#ifndef NABLA_LIVE_PAGE_H
#define NABLA_LIVE_PAGE_H

#include <stddef.h>

typedef struct {
  const unsigned char *bytes;
  size_t count;
} nabla_live_file;

nabla_live_file nabla_live_page_html(void);
nabla_live_file nabla_live_page_css(void);
nabla_live_file nabla_live_page_js(void);
nabla_live_file nabla_live_tools_js(void);
nabla_live_file nabla_live_sheet_js(void);
nabla_live_file nabla_live_layers_js(void);
nabla_live_file nabla_live_steps_js(void);
nabla_live_file nabla_live_run_js(void);
nabla_live_file nabla_live_table_js(void);
nabla_live_file nabla_live_icon_svg(void);

#endif
