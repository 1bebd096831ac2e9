#include "common/acl/decoding.h"

namespace gp::acl {

Result<std::string> decode_part(Context& context, Text file, std::size_t start)
{
    auto found = TRY(context.contents->decode(file.text, start));
    auto& facts = context.scene.facts;
    file.text = std::move(found.file);
    facts.set("mime_decoded_filename", std::move(file));
    facts.set("mime_content_size", Text::clean(std::to_string((found.size + 1023) / 1024)));
    facts.set("mime_anomaly_level", Text::clean(std::to_string(found.anomaly)));
    facts.set("mime_anomaly_text", Text::clean(found.anomaly_text));
    return std::move(found.start);
}

Result<std::string> decoded_start(Context& context, std::size_t most)
{
    if (!context.scene.facts.find("mime_decoded_filename"))
        return decode_part(context, Text::clean({}), most);
    return context.contents->decoded(most);
}

}
