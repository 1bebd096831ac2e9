// ${readsocket{name}{request}{options}{end of line}{text on failure}}

#include "common/base/duration.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/expand/detail/branching.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"
#include "common/lookup/file_check.h"

namespace gp::expand {
namespace {

struct Request {
    SocketRequest socket;
    bool may_cache = false;
};

// "inet:host:port", "inet:[::1]:25", or the path of a Unix socket.
Status read_name(std::string_view name, SocketRequest& into)
{
    constexpr std::string_view inet = "inet:";
    if (!name.starts_with(inet)) {
        into.path = name;
        return {};
    }
    auto rest = name.substr(inet.size());
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos)
        return misconfigured("missing port for readsocket " + std::string(name));
    into.port = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (rest.starts_with('[') && rest.ends_with(']'))
        rest = rest.substr(1, rest.size() - 2);
    into.host = rest;
    return {};
}

// "3s:shutdown=no:tls=yes:cache=yes"; the time comes first.
Status read_options(std::string_view options, Request& into)
{
    const auto items = config::split_list(options);
    if (items.empty())
        return {};
    const auto timeout = parse_duration(items.front());
    if (!timeout)
        return misconfigured("bad time value " + items.front());
    into.socket.timeout = *timeout;
    for (std::size_t i = 1; i < items.size(); ++i) {
        const std::string_view item = items[i];
        const auto equals = std::min(item.find('='), item.size());
        const auto name = item.substr(0, equals);
        const bool value = equals < item.size() && same_nocase(item.substr(equals + 1), "yes");
        if (name == "shutdown")
            into.socket.shutdown = value;
        else if (name == "tls")
            into.socket.tls = value;
        else if (name == "cache")
            into.may_cache = value;
    }
    if (into.socket.tls)
        into.socket.shutdown = false;
    return {};
}

class ReadSocket final : public Node {
public:
    ReadSocket(std::vector<std::unique_ptr<Sequence>> texts, std::unique_ptr<Sequence> otherwise)
        : texts_(std::move(texts)), otherwise_(std::move(otherwise))
    {
    }

    Status evaluate(Scene& scene, Text& out) const override
    {
        if (scene.is_forbidden("readsocket"))
            return misconfigured("socket insertions are not permitted");
        std::vector<Text> texts;
        for (const auto& text : texts_)
            texts.push_back(TRY(text->text(scene)));
        TRY(lookup::check_clean(texts[0], "name for ${readsocket"));
        Request request;
        request.socket.request = texts[1].text;
        TRY(read_name(texts[0].text, request.socket));
        if (texts.size() > 2)
            TRY(read_options(texts[2].text, request));
        auto answer = ask(scene, texts[0].text, request);
        if (!answer && otherwise_)
            return otherwise_->evaluate(scene, out);
        auto data = TRY(std::move(answer));
        if (texts.size() > 3 && !texts[3].empty())
            data = replace_all(std::move(data), "\n", texts[3].text);
        out.append(data);
        return {};
    }

private:
    // Without cache=yes, what is known of this socket is forgotten (manual 11.5).
    static Result<std::string> ask(Scene& scene, const std::string& name, const Request& request)
    {
        auto& known = scene.kept->sockets;
        const auto key = name + '\n' + request.socket.request;
        if (!request.may_cache) {
            std::erase_if(known, [&](const auto& entry) { return entry.first.starts_with(name + '\n'); });
        } else if (const auto at = known.find(key); at != known.end()) {
            return at->second;
        }
        if (!scene.world.effects.sockets)
            return misconfigured("asking a socket (${readsocket) is not possible here");
        auto data = TRY(scene.world.effects.sockets->ask(request.socket));
        if (request.may_cache)
            known[key] = data;
        return data;
    }

    std::vector<std::unique_ptr<Sequence>> texts_;
    std::unique_ptr<Sequence> otherwise_;
};

Result<NodePtr> parse(Parser& parser)
{
    auto texts = TRY(parser.arguments("readsocket", 2, 4, false));
    std::unique_ptr<Sequence> otherwise;
    parser.skip_space();
    if (parser.take('{')) {
        otherwise = TRY(parser.inside_braces());
        parser.take('}');
        parser.skip_space();
    }
    if (!parser.take('}'))
        return parser.fail("missing '}' closing readsocket");
    return NodePtr(std::make_unique<ReadSocket>(std::move(texts), std::move(otherwise)));
}

const RegisterItem self{{
    .name = "readsocket",
    .parse = parse,
    .doc = "What a server at a socket answers.",
}};

}
}
