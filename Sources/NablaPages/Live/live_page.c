#include "live_page.h"

/** A file, and the function that returns its bytes. */
#define FILE_FUNCTION(name) \
  nabla_live_file nabla_live_##name(void) { return (nabla_live_file){name, sizeof name}; }

static const unsigned char page_html[] = {
#embed "page.html"
};
static const unsigned char page_css[] = {
#embed "page.css"
};
static const unsigned char page_js[] = {
#embed "page.js"
};
static const unsigned char tools_js[] = {
#embed "tools.js"
};
static const unsigned char sheet_js[] = {
#embed "sheet.js"
};
static const unsigned char layers_js[] = {
#embed "layers.js"
};
static const unsigned char steps_js[] = {
#embed "steps.js"
};
static const unsigned char run_js[] = {
#embed "run.js"
};
static const unsigned char table_js[] = {
#embed "table.js"
};
static const unsigned char icon_svg[] = {
#embed "icon.svg"
};

FILE_FUNCTION(page_html)
FILE_FUNCTION(page_css)
FILE_FUNCTION(page_js)
FILE_FUNCTION(tools_js)
FILE_FUNCTION(sheet_js)
FILE_FUNCTION(layers_js)
FILE_FUNCTION(steps_js)
FILE_FUNCTION(run_js)
FILE_FUNCTION(table_js)
FILE_FUNCTION(icon_svg)
