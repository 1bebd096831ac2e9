#include "tests/support/peer/scripted_peer.h"

#include "common/base/text.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace gp::testing {
namespace {

constexpr std::size_t longest_line = 100'000;

event::Deadline patience()
{
    return event::Deadline::in(Duration{10'000});
}

}

Dialogue::Dialogue(OwnedFd socket)
    : socket_(std::make_unique<event::FdStream>(std::move(socket))), stream_(socket_.get()),
      reader_(std::make_unique<event::LineReader>(*stream_))
{
}

void Dialogue::fail(const std::string& why)
{
    if (alive_)
        ADD_FAILURE() << "scripted peer: " << why;
    closes();
}

Dialogue& Dialogue::says(std::string_view lines)
{
    return says_raw(std::string(lines) + "\r\n");
}

Dialogue& Dialogue::says_raw(std::string_view octets)
{
    if (alive_ && !stream_->write(octets, patience()))
        alive_ = false;
    return *this;
}

std::string Dialogue::line()
{
    if (!alive_)
        return {};
    auto line = reader_->read_line(longest_line, patience());
    if (!line || line->eof) {
        fail("the client closed where it should have said something");
        return {};
    }
    if (line->end != event::LineEnd::crlf)
        fail("a line without CRLF: " + line->text);
    return line->text;
}

Dialogue& Dialogue::hears(std::string_view start)
{
    if (!alive_)
        return *this;
    const auto text = line();
    if (alive_ && !starts_nocase(text, start))
        fail("heard \"" + text + "\" where \"" + std::string(start) + "\" was expected");
    return *this;
}

Dialogue& Dialogue::hears_data(std::string& message)
{
    message.clear();
    while (alive_) {
        const auto text = line();
        if (text == ".")
            break;
        message += (text.starts_with('.') ? text.substr(1) : text) + "\r\n";
    }
    return *this;
}

Dialogue& Dialogue::hears_octets(std::size_t count, std::string& octets)
{
    octets.clear();
    while (alive_ && octets.size() < count) {
        const auto some = reader_->read_some(count - octets.size(), patience());
        if (!some || some->empty())
            fail("the client closed within " + std::to_string(count) + " octets");
        else
            octets += *some;
    }
    return *this;
}

Dialogue& Dialogue::hears_end()
{
    if (!alive_)
        return *this;
    const auto some = reader_->read_some(1000, patience());
    if (some && !some->empty())
        fail("heard \"" + std::string(*some) + "\" where the connection should have ended");
    return closes();
}

Dialogue& Dialogue::pauses(Duration how_long)
{
    event::sleep_for(how_long);
    return *this;
}

Dialogue& Dialogue::starts_tls(const tls::Context& context)
{
    if (!alive_)
        return *this;
    auto made = tls::TlsStream::accept(*socket_, context, patience());
    if (!made)
        return closes();
    tls_ = std::move(*made);
    stream_ = tls_.get();
    reader_ = std::make_unique<event::LineReader>(*stream_);
    return *this;
}

Dialogue& Dialogue::closes()
{
    if (alive_)
        stream_->finish();
    alive_ = false;
    return *this;
}

Dialogue& Dialogue::resets()
{
    const linger at_once{1, 0};
    ::setsockopt(socket_->fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    alive_ = false; // the destructor closes
    return *this;
}

ScriptedPeer::ScriptedPeer(std::vector<Script> scripts, std::string_view host) : scripts_(std::move(scripts))
{
    const net::SocketAddress wanted{*net::Address::parse(host), 0};
    socket_.reset(::socket(wanted.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_storage storage;
    auto length = wanted.fill(storage);
    if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0 || ::listen(socket_.get(), 64) != 0)
        panic("a loopback port can be listened on");
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&storage), &length);
    address_ = *net::SocketAddress::from(reinterpret_cast<sockaddr*>(&storage), length);
    listener_ = std::make_unique<event::Listener>(
        socket_.get(), [this](OwnedFd accepted) { serve(std::move(accepted)); },
        [](const Error& error) { ADD_FAILURE() << error.text; });
}

ScriptedPeer::~ScriptedPeer() = default;

void ScriptedPeer::serve(OwnedFd socket)
{
    if (connections_ >= scripts_.size()) {
        ADD_FAILURE() << "scripted peer: connection " << connections_ + 1 << " has no script";
        return;
    }
    ++*running_;
    const auto& script = scripts_[connections_++];
    auto started = event::Loop::current().spawn(
        "scripted peer", [script, running = running_, socket = std::make_shared<OwnedFd>(std::move(socket))] {
            Dialogue dialogue{std::move(*socket)};
            script(dialogue);
            dialogue.closes();
            --*running;
        });
    EXPECT_TRUE(started);
}

void ScriptedPeer::finish()
{
    const auto until = patience();
    while (*running_ > 0 && !until.expired())
        event::sleep_for(Duration{5});
    EXPECT_EQ(*running_, 0u) << "scripts are still running";
}

}
