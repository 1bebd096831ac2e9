// A server that follows a script, for tests of clients: what it says, what it must hear, how it goes wrong.
//
//     ScriptedPeer server{{[](Dialogue& with) {
//         with.says("220 ready").hears("EHLO").says("250-hello\r\n250 PIPELINING");
//         with.hears("MAIL FROM:<a@b>").resets();
//     }}};
//     connect_to(server.address());
//
// Each connection takes the next script; one more than there are scripts is refused with a failure of the test. A
// client that says something else than the script hears fails the test, and its connection is closed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/event/line_reader.h"
#include "common/event/stream.h"
#include "common/net/address.h"
#include "common/tls/stream.h"

namespace gp::testing {

class Dialogue {
public:
    explicit Dialogue(OwnedFd socket);

    Dialogue& says(std::string_view lines); // CRLF is put behind
    Dialogue& says_raw(std::string_view octets);
    Dialogue& hears(std::string_view start); // the next line begins so, without regard to case
    Dialogue& hears_data(std::string& message);  // up to the final dot; dots unstuffed
    Dialogue& hears_octets(std::size_t count, std::string& octets);
    Dialogue& hears_end();                   // the client closes without another word
    Dialogue& pauses(Duration how_long);
    Dialogue& starts_tls(const tls::Context& context); // fails quietly when the client will not
    Dialogue& closes();
    Dialogue& resets();                      // the connection ends with RST

    std::string line();      // the next line, whatever it is
    bool alive() const { return alive_; }
    const tls::SessionFacts* tls() const { return tls_ ? &tls_->facts() : nullptr; }
    int fd() const { return socket_->fd(); }

private:
    void fail(const std::string& why);

    std::unique_ptr<event::FdStream> socket_;
    std::unique_ptr<tls::TlsStream> tls_;
    event::Stream* stream_;
    std::unique_ptr<event::LineReader> reader_;
    bool alive_ = true;
};

class ScriptedPeer {
public:
    using Script = std::function<void(Dialogue&)>;

    explicit ScriptedPeer(std::vector<Script> scripts, std::string_view host = "127.0.0.1");
    ~ScriptedPeer();
    ScriptedPeer(const ScriptedPeer&) = delete;
    ScriptedPeer& operator=(const ScriptedPeer&) = delete;

    const net::SocketAddress& address() const { return address_; }
    std::uint16_t port() const { return address_.port(); }
    std::size_t connections() const { return connections_; } // so far
    // Waits until every script that was begun has ended.
    void finish();

private:
    void serve(OwnedFd socket);

    OwnedFd socket_;
    net::SocketAddress address_;
    std::vector<Script> scripts_;
    std::size_t connections_ = 0;
    std::shared_ptr<std::size_t> running_ = std::make_shared<std::size_t>(0);
    std::unique_ptr<event::Listener> listener_;
};

}
