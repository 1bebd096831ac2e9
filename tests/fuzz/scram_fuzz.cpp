// SCRAM (RFC 5802) as both of its sides hear it from a stranger: whatever comes, nobody is let in who does not know the
// password, and no server is believed that does not.
//
// Input: octet 0 says which side, and what is known of the TLS channel; then the messages, a line each. A "~" in a line
// stands for the nonce that was said last.

#include "common/auth/detail/gsasl.h"
#include "common/base/text.h"

namespace {

using namespace gp;

struct Ground {
    expand::Language language = expand::Language::linked();
    expand::Site site{};
    lookup::Lookups lookups{Registry<lookup::Driver>::linked(), lookup::Environment{}};
    match::Lists lists{match::NamedLists{}, match::Self{}, lookups, nullptr};
    expand::World world{.language = language, .site = site, .lookups = lookups, .lists = lists, .effects = {}};
    auth::GsaslServerOptions server{.mechanism = "SCRAM-SHA-256",
                                    .password = expand::Expression::literal("pencil"),
                                    .iterations = expand::Expression::literal("1"),
                                    .has_password = true};
    auth::GsaslClientOptions client{.mechanism = "SCRAM-SHA-256",
                                    .user = expand::Expression::literal("joe"),
                                    .password = expand::Expression::literal("pencil"),
                                    .binding = auth::Binding::if_possible};
};

auth::Channel channel_of(unsigned flags)
{
    auth::Channel channel;
    if (flags & 2)
        channel.names = {{"tls-unique", "twelve octets"}, {"tls-exporter", std::string(32, 'e')}};
    channel.is_bound = (flags & 4) && (flags & 2);
    channel.server_can_bind = flags & 8;
    return channel;
}

// Of a message that was said: "r=…".
std::string nonce_in(std::string_view message)
{
    const auto at = message.find("r=");
    return at == std::string_view::npos ? std::string{} : std::string(message.substr(at + 2, message.find(',', at) - at - 2));
}

// Up to a hundred iterations: more are only slow.
bool is_slow(std::string_view text)
{
    for (auto at = text.find("i="); at != std::string_view::npos; at = text.find("i=", at + 1))
        if (text.substr(at + 2).find_first_not_of("0123456789") > 3)
            return true;
    return false;
}

void hear_as_server(Ground& ground, unsigned flags, const std::vector<std::string_view>& lines)
{
    expand::Scene scene{ground.world};
    const auto exchange = auth::scram_server(ground.server, expand::Digest::sha256);
    exchange->set_channel(channel_of(flags));
    std::string nonce;
    bool is_first = true;
    for (const auto line : lines) {
        const auto said = replace_all(std::string(line), "~", nonce);
        const auto move = is_first ? exchange->begin(scene, said) : exchange->answer(scene, said);
        is_first = false;
        if (move.kind == auth::Move::Kind::accepted)
            panic("somebody was let in without a password");
        if (move.ends())
            return;
        nonce = nonce_in(move.text);
    }
}

void hear_as_client(Ground& ground, unsigned flags, const std::vector<std::string_view>& lines)
{
    expand::Scene scene{ground.world};
    const auto exchange = auth::scram_client(ground.client, expand::Digest::sha256);
    exchange->set_channel(channel_of(flags));
    const auto first = exchange->begin(scene);
    const auto nonce = nonce_in(first.octets.value_or(""));
    for (const auto line : lines) {
        const auto move = exchange->answer(scene, replace_all(std::string(line), "~", nonce));
        if (exchange->is_convinced())
            panic("a server was believed that does not know the password");
        if (move.kind != auth::ClientMove::Kind::send)
            return;
    }
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0 || size > 4096)
        return 0;
    static Ground ground;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    if (is_slow(text))
        return 0;
    const auto lines = split(text, '\n');
    if (data[0] & 1)
        hear_as_client(ground, data[0], lines);
    else
        hear_as_server(ground, data[0], lines);
    return 0;
}
