#include "router/mime_rounds.h"

namespace gp::router {
namespace {

void show(const mail::MimePart& part, expand::Facts& facts)
{
    const auto told = [&](std::string_view name, const std::string& value) {
        facts.set(name, Text::from(value, "a MIME header"));
    };
    const auto flag = [&](std::string_view name, bool value) { facts.set(name, Text::clean(value ? "1" : "0")); };
    told("mime_content_type", part.type);
    told("mime_charset", part.charset);
    told("mime_boundary", part.boundary);
    told("mime_filename", part.filename);
    told("mime_content_disposition", part.disposition);
    told("mime_content_transfer_encoding", part.encoding);
    told("mime_content_id", part.id);
    told("mime_content_description", part.description);
    flag("mime_is_multipart", part.is_multipart);
    flag("mime_is_coverletter", part.is_cover);
    flag("mime_is_rfc822", part.is_attached);
    facts.set("mime_part_count", Text::clean(std::to_string(part.number)));
}

void hide(expand::Facts& facts)
{
    for (std::string_view name : {"content_type", "charset", "boundary", "filename", "content_disposition", "content_transfer_encoding",
                                  "content_id", "content_description", "is_multipart", "is_coverletter", "is_rfc822", "decoded_filename",
                                  "content_size", "anomaly_level", "anomaly_text"})
        facts.erase("mime_" + std::string(name));
}

}

acl::Outcome for_each_part(const std::vector<mail::MimePart>& parts, acl::Context& context, PartContents* contents,
                           const std::function<acl::Outcome()>& run)
{
    acl::Outcome outcome{.verdict = acl::Outcome::Verdict::accept};
    std::string count = "-1";
    for (std::size_t i = 0; i < parts.size() && outcome.verdict == acl::Outcome::Verdict::accept; ++i) {
        hide(context.scene.facts);
        show(parts[i], context.scene.facts);
        if (!parts[i].is_attached)
            count = std::to_string(parts[i].number);
        if (contents)
            contents->take_part(static_cast<std::int32_t>(i));
        outcome = run();
    }
    hide(context.scene.facts);
    std::erase_if(context.state.variables, [](const mail::Variable& one) { return one.name == "mime_part_count"; });
    context.state.variables.push_back({"mime_part_count", count, false});
    return outcome;
}

}
