// The octets of one connection: commands out, replies in, in clear and then perhaps in TLS. Replies come from a
// stranger: lines, their length and their number are bounded, and anything that is no reply is told as such.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/event/line_reader.h"
#include "common/event/stream.h"
#include "common/tls/stream.h"
#include "delivery/remote/client_steps.h"

namespace gp::remote {

// What came instead of a reply.
struct NoReply {
    enum class Why { timeout, closed, malformed };
    Why why = Why::closed;
    std::string line; // the one that was malformed
};
using ReplyOr = std::variant<ServerReply, NoReply>;

class Wire {
public:
    Wire(OwnedFd socket, std::size_t line_limit);

    ReplyOr read_reply(event::Deadline until);
    // What is no reply: the words of a proxy. An end has cause closed.
    Result<std::string> read_octets(std::size_t count, event::Deadline until);
    Status write(std::string_view octets, event::Deadline until);

    // Refused when the server has already said more than it was asked for: what came in clear must not be taken
    // for what comes in TLS (CVE-2021-38371).
    Status start_tls(const tls::Context& context, const tls::ServerName& server, event::Deadline until);
    void distrust(std::string why) { tls_->distrust(std::move(why)); }
    const tls::SessionFacts* tls() const { return tls_ ? &tls_->facts() : outer_ ? &*outer_ : nullptr; }
    // Whoever carries the octets to the host does it in this TLS session, or in clear.
    void is_within(std::optional<tls::SessionFacts> session) { outer_ = std::move(session); }

    std::vector<tls::ChannelBinding> channel_bindings() const
    {
        return tls_ ? tls_->channel_bindings() : std::vector<tls::ChannelBinding>{};
    }
    std::string own_certificate() const { return tls_ ? tls_->own_certificate() : std::string{}; } // PEM; empty: none

    // Anything to read on an idle connection means that it has ended, or is about to.
    bool is_quiet();
    void finish();

private:
    std::unique_ptr<event::FdStream> socket_;
    std::unique_ptr<tls::TlsStream> tls_;
    std::optional<tls::SessionFacts> outer_;
    event::Stream* stream_;
    event::LineReader reader_;
    std::size_t line_limit_;
};

}
