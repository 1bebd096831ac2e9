// What the header of a MIME entity says of it: the five Content- headers, their parameters, and a file's name in
// whatever of the four ways it is given. RFC 2045, RFC 2047, RFC 2183, RFC 2231; strange input is read as Exim
// reads it, for a filter must see what a mail program may see.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gp::scan {

struct MimeFields {
    std::string type, disposition, encoding, id, description; // lower case, without blanks and comments
    std::string charset, boundary, filename;                  // of parameters, as they stand
    bool is_multipart() const { return type.starts_with("multipart/"); }
};

// `headers`: a block of header lines, CRLF or LF, folded or not. No more of one header is read than `most`.
MimeFields read_fields(std::string_view headers, std::size_t most);

}
