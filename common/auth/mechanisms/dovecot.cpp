// dovecot: the password is Dovecot's to check; its authentication protocol 1.1 on a Unix socket, or on
// "HOST PORT" (manual chapter 38). One connection for each exchange.

#include "common/auth/mechanism.h"
#include "common/base/encoding.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/event/line_reader.h"
#include "common/net/connect.h"

namespace gp::auth {
namespace {

constexpr std::size_t longest_line = 8 * 1024;
constexpr int most_greeting_lines = 200;
constexpr std::chrono::seconds patience{30};

struct Options {
    net::SocketAddress socket;
    std::string mechanism;
    std::optional<expand::Expression> condition;
};

class Server final : public ServerExchange {
public:
    explicit Server(const Options& options) : options_(options) {}

    Move begin(expand::Scene& scene, const std::optional<std::string>& initial) override
    {
        if (auto done = connect(); !done)
            return unreachable(done.error());
        return tell(scene, first_line(scene, initial));
    }
    Move answer(expand::Scene& scene, std::string_view response) override
    {
        return tell(scene, "CONT\t1\t" + base64_encode(response) + "\n");
    }

private:
    static Move unreachable(const Error& why) { return Move::deferred("authentication socket: " + why.text); }

    Status connect()
    {
        const auto until = event::Deadline::in(patience);
        auto made = net::connect(options_.socket, until);
        if (!made)
            return made.error().error;
        stream_ = std::make_unique<event::FdStream>(std::move(made->socket));
        reader_ = std::make_unique<event::LineReader>(*stream_);
        TRY(stream_->write("VERSION\t1\t1\nCPID\t" + std::to_string(::getpid()) + "\n", until));
        bool is_known = false;
        for (int i = 0; i < most_greeting_lines; ++i) {
            const auto words = TRY(read(until));
            if (words[0] == "VERSION" && words.size() > 1 && words[1] != "1")
                return misconfigured("the server speaks another major version of the protocol");
            is_known |= words[0] == "MECH" && words.size() > 1 && same_nocase(words[1], options_.mechanism);
            if (words[0] == "DONE")
                return is_known ? Status{} : Status{misconfigured("Dovecot does not offer " + options_.mechanism)};
        }
        return temporary("the server's greeting does not end");
    }

    std::string first_line(const expand::Scene& scene, const std::optional<std::string>& initial) const
    {
        std::string line = "AUTH\t1\t" + options_.mechanism + "\tservice=smtp\tnologin";
        if (const auto* origin = scene.origin) {
            if (!origin->host_address.empty())
                line += "\trip=" + origin->host_address;
            if (!origin->interface_address.empty())
                line += "\tlip=" + origin->interface_address;
            if (!origin->tls_cipher.empty())
                line += "\tsecured";
            if (origin->tls_certificate_verified)
                line += "\tvalid-client-cert";
        }
        if (initial)
            line += "\tresp=" + base64_encode(*initial); // must be the last
        return line + "\n";
    }

    Result<std::vector<std::string>> read(event::Deadline until)
    {
        const auto line = TRY(reader_->read_line(longest_line, until));
        if (line.eof || line.too_long)
            return temporary("the server closed the connection", Cause::closed);
        std::vector<std::string> words;
        for (auto word : split(line.text, '\t'))
            words.emplace_back(word);
        return words;
    }

    Move tell(expand::Scene& scene, const std::string& line)
    {
        const auto until = event::Deadline::in(patience);
        if (!stream_)
            return Move::rejected();
        if (auto written = stream_->write(line, until); !written)
            return unreachable(written.error());
        const auto words = read(until);
        if (!words)
            return unreachable(words.error());
        if (words->size() < 2 || (*words)[1] != "1")
            return Move::deferred("authentication socket: an answer that fits no question");
        if ((*words)[0] == "CONT") {
            const auto octets = base64_decode(words->size() > 2 ? (*words)[2] : "");
            return octets ? Move::challenge(*octets) : Move::deferred("authentication socket: bad base64");
        }
        take_user(*words);
        if ((*words)[0] == "FAIL")
            return std::ranges::find(*words, "temp") != words->end() ? Move::deferred("temporary authentication failure")
                                                                     : Move::rejected();
        if ((*words)[0] != "OK")
            return Move::deferred("authentication socket: an answer that nobody knows");
        return judge_if_set(scene, credentials_, options_.condition);
    }

    void take_user(const std::vector<std::string>& words)
    {
        for (const auto& word : words)
            if (word.starts_with("user=")) {
                credentials_.clear();
                credentials_.add(word.substr(5));
            }
    }

    const Options& options_;
    std::unique_ptr<event::FdStream> stream_;
    std::unique_ptr<event::LineReader> reader_;
};

class Dovecot final : public Authenticator {
public:
    explicit Dovecot(Options options) : options_(std::move(options)) {}
    std::unique_ptr<ServerExchange> serve() const override { return std::make_unique<Server>(options_); }

private:
    const Options options_;
};

// "/run/dovecot/auth-client", or "192.0.2.1 12345".
Result<net::SocketAddress> socket_of(std::string_view text)
{
    if (text.starts_with('/'))
        return net::SocketAddress::unix_path(std::string(text));
    const auto blank = text.find(' ');
    const auto address = net::Address::parse(text.substr(0, blank));
    const auto port = parse_unsigned(blank == std::string_view::npos ? "" : trim(text.substr(blank)));
    if (!address || !port || *port == 0 || *port > 65535)
        return misconfigured("server_socket wants a path, or an address and a port");
    return net::SocketAddress(*address, static_cast<std::uint16_t>(*port));
}

Result<std::unique_ptr<Authenticator>> make(const Setup& setup)
{
    if (!setup.is_set("server_socket"))
        return misconfigured("server_socket is not set");
    auto socket = TRY(socket_of(setup.settings.text("server_socket")));
    auto condition = TRY(optional_text(setup, "server_condition"));
    return std::unique_ptr<Authenticator>{
        std::make_unique<Dovecot>(Options{std::move(socket), setup.public_name, std::move(condition)})};
}

const RegisterMechanism self{{.name = "dovecot", .make = make, .doc = "Dovecot checks the password."}};

}
}
