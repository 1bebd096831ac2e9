// Which octets escape() (text.h) shows as they are; a setting of the whole process, made once at its start.
#pragma once

namespace gp {

// print_topbitchars (manual 14): octets from 128 on are printing characters, too.
void print_top_bit(bool shown);

}
