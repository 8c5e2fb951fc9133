#include "live_page.h"

static const unsigned char page_html[] = {
#embed "page.html"
};
static const unsigned char page_css[] = {
#embed "page.css"
};
static const unsigned char page_js[] = {
#embed "page.js"
};
static const unsigned char icon_svg[] = {
#embed "icon.svg"
};

nabla_live_file nabla_live_page_html(void) { return (nabla_live_file){page_html, sizeof page_html}; }
nabla_live_file nabla_live_page_css(void) { return (nabla_live_file){page_css, sizeof page_css}; }
nabla_live_file nabla_live_page_js(void) { return (nabla_live_file){page_js, sizeof page_js}; }
nabla_live_file nabla_live_icon_svg(void) { return (nabla_live_file){icon_svg, sizeof icon_svg}; }
