// ${utf8clean:…}: with ? in place of what is no UTF-8.

#include "common/expand/detail/utf8_code.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

// How many octets at the front one "?" stands for: a lead octet with the continuations that belong to it.
std::size_t malformed_size(std::string_view text)
{
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t wanted = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
    std::size_t size = 1;
    while (first < 0xf8 && size < wanted && size < text.size() &&
           (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
        ++size;
    return size;
}

Result<Text> utf8clean(const OperatorCall& call)
{
    std::string out;
    std::string_view rest = call.subject.text;
    while (!rest.empty()) {
        const auto code = utf8_code_at(rest);
        const auto size = code.size > 0 ? code.size : malformed_size(rest);
        out += code.size > 0 ? rest.substr(0, size) : std::string_view("?");
        rest.remove_prefix(size);
    }
    return call.same_taint(std::move(out));
}

const RegisterOperator self{{
    .name = "utf8clean",
    .apply = utf8clean,
    .doc = "With ? in place of what is no UTF-8.",
}};

}
}
