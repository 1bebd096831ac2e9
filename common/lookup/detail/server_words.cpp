#include "common/lookup/detail/server_words.h"

namespace gp::lookup {

Error unrecognised_variant(std::string_view variant, std::string_view name)
{
    return misconfigured("\"" + std::string(variant) + "\" unrecognized after \"${quote_" +
                         std::string(name) + "\"");
}

std::string sql_quoted(std::string_view words, bool doubles_single)
{
    std::string out;
    for (const char c : words) {
        switch (c) {
        case '\n':
            out += "\\n";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\b':
            out += "\\b";
            break;
        case '\'':
            out += doubles_single ? "''" : "\\'";
            break;
        case '"':
        case '\\':
            out += '\\';
            out += c;
            break;
        default:
            out += c;
        }
    }
    return out;
}

Result<std::unique_ptr<Source>> no_module(std::string_view name)
{
    return temporary("lookup type \"" + std::string(name) +
                     "\" is not available: this Gatepost has no module for it");
}

}
