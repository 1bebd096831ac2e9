#include "router/wellknown.h"

#include <algorithm>

#include "common/acl/acls.h"
#include "common/base/encoding.h"
#include "common/base/text.h"

namespace gp::router {
namespace {

constexpr std::size_t longest_line = 500;           // of text; RFC 5321 section 4.5.3.1.5: 512 with code and CRLF
constexpr std::int64_t largest_of_all = 1024 * 1024; // xtext makes three octets of one, and an answer has room for four times this

std::size_t largest_file(const World& world)
{
    return static_cast<std::size_t>(std::clamp<std::int64_t>(world.configuration().main.all.number("wellknown_file_max"), 0, largest_of_all));
}

// No line ends within a "+0A".
std::string in_xtext_lines(std::string_view content)
{
    std::string out;
    std::size_t in_line = 0;
    for (std::size_t at = 0; at < content.size(); ++at) {
        const auto octet = xtext_encode(content.substr(at, 1));
        if (in_line == 0 || in_line + octet.size() > longest_line) {
            out += '\n';
            in_line = 0;
        }
        out += octet;
        in_line += octet.size();
    }
    return out;
}

void refuse(AskReply& reply, std::string why)
{
    reply.verdict = Verdict::deny;
    reply.code = 0;
    reply.enhanced.clear();
    reply.text = "no such resource";
    reply.log_text = std::move(why);
}

}

void tell_wellknown(const World& world, expand::Scene& scene, AskReply& reply)
{
    const auto* file = scene.find_fact(acl::wellknown_file);
    if (!file)
        return refuse(reply, "the ACL accepted and named no file (control = wellknown/FILE)");
    if (!scene.files())
        return refuse(reply, "files cannot be read here: " + escape(file->text, true));
    const auto largest = largest_file(world);
    const auto content = scene.files()->read(file->text, largest);
    if (!content)
        return refuse(reply, "failed to open " + escape(file->text, true) + ": " + content.error().text +
                                 (content.error().cause == Cause::too_big ? " (wellknown_file_max is " + std::to_string(largest) + ")" : ""));
    reply.text.clear();
    reply.code = 0;
    reply.first_text = "SIZE=" + std::to_string(content->size()) + in_xtext_lines(*content);
}

}
