// The module for redis: hiredis. A command is words between white space; a backslash keeps the next character.

#include <hiredis/hiredis.h>

#include <vector>

#include "common/lookup/server_module.h"

namespace gp::lookup {
namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

std::vector<std::string> words_of(std::string_view command)
{
    std::vector<std::string> out;
    bool in_word = false;
    for (std::size_t i = 0; i < command.size(); ++i) {
        char c = command[i];
        if (is_blank(c)) {
            in_word = false;
            continue;
        }
        if (!in_word)
            out.emplace_back();
        in_word = true;
        if (c == '\\' && i + 1 < command.size())
            c = command[++i];
        out.back() += c;
    }
    return out;
}

class RedisLink final : public ServerLink {
public:
    ~RedisLink() override { ::redisFree(handle_); }

    Status connect(const ServerSpec& server, unsigned seconds)
    {
        const timeval patience{static_cast<time_t>(seconds), 0};
        const int port = server.port ? static_cast<int>(server.port) : 6379;
        handle_ = server.socket.empty() ? ::redisConnectWithTimeout(server.host.c_str(), port, patience)
                                        : ::redisConnectUnixWithTimeout(server.socket.c_str(), patience);
        if (!handle_ || handle_->err)
            return temporary("REDIS connection failed: " + std::string(handle_ ? handle_->errstr : "no memory"),
                             Cause::refused);
        ::redisSetTimeout(handle_, patience);
        if (!server.password.empty())
            TRY(greeted({"AUTH", server.password}, "REDIS Authentication failed"));
        if (!server.database.empty())
            TRY(greeted({"SELECT", server.database}, "REDIS: Selecting database=" + server.database + " failed"));
        return {};
    }

    Result<Answer> ask(std::string_view query, std::size_t largest) override
    {
        const auto words = words_of(query);
        if (words.empty())
            return misconfigured("REDIS: empty command");
        const auto reply = TRY(command(words));
        return told(*reply, largest);
    }

private:
    struct Freed {
        void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
    };
    using Reply = std::unique_ptr<redisReply, Freed>;

    Result<Reply> command(const std::vector<std::string>& words)
    {
        std::vector<const char*> texts;
        std::vector<std::size_t> sizes;
        for (const auto& word : words) {
            texts.push_back(word.data());
            sizes.push_back(word.size());
        }
        auto* reply = static_cast<redisReply*>(
            ::redisCommandArgv(handle_, static_cast<int>(texts.size()), texts.data(), sizes.data()));
        if (!reply)
            return temporary("REDIS: query failed: " + std::string(handle_->errstr), Cause::closed);
        return Reply(reply);
    }

    Status greeted(const std::vector<std::string>& words, const std::string& what)
    {
        const auto reply = TRY(command(words));
        if (reply->type == REDIS_REPLY_ERROR)
            return temporary(what + ": " + std::string(reply->str, reply->len), Cause::refused);
        return {};
    }

    static std::string text_of(const redisReply& reply)
    {
        return reply.type == REDIS_REPLY_INTEGER ? std::to_string(reply.integer) : std::string(reply.str, reply.len);
    }

    // Arrays, and arrays in them, an element a line.
    static void add(const redisReply& reply, unsigned depth, std::string& out)
    {
        if (reply.type != REDIS_REPLY_ARRAY) {
            const auto text = reply.type == REDIS_REPLY_NIL ? std::string() : text_of(reply);
            out += (out.empty() ? "" : "\n") + text;
            return;
        }
        for (std::size_t i = 0; i < reply.elements && depth < 8; ++i)
            add(*reply.element[i], depth + 1, out);
    }

    static Result<Answer> told(const redisReply& reply, std::size_t largest)
    {
        const bool is_empty =
            reply.type == REDIS_REPLY_NIL || (reply.type == REDIS_REPLY_ARRAY && reply.elements == 0);
        if (is_empty)
            return Answer::none();
        if (reply.type == REDIS_REPLY_ERROR) {
            const std::string text(reply.str, reply.len);
            // The cluster's answer that another server has it (manual 9.27).
            const bool is_elsewhere = text.starts_with("MOVED");
            return temporary("REDIS: query failed: " + text, is_elsewhere ? Cause::refused : Cause::other);
        }
        std::string out;
        add(reply, 0, out);
        if (out.size() > largest)
            return temporary("REDIS: the answer is too large (lookup_answer_size_max)");
        return Answer::with(std::move(out));
    }

    redisContext* handle_ = nullptr;
};

Result<std::unique_ptr<ServerLink>> connect(const ServerSpec& server, unsigned seconds)
{
    auto made = std::make_unique<RedisLink>();
    TRY(made->connect(server, seconds));
    return std::unique_ptr<ServerLink>(std::move(made));
}

const ServerModule module{.connect = connect};

}
}

extern "C" __attribute__((visibility("default"))) const gp::lookup::ServerModule* gatepost_lookup_module()
{
    return &gp::lookup::module;
}
