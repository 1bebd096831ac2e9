// The module for mysql: MariaDB's client library.

#include <errmsg.h>
#include <mysql.h>

#include "common/lookup/server_module.h"
#include "common/lookup/sql_row.h"

namespace gp::lookup {
namespace {

class MysqlLink final : public ServerLink {
public:
    MysqlLink() { ::mysql_init(&handle_); }
    ~MysqlLink() override { ::mysql_close(&handle_); }

    Status connect(const ServerSpec& server, unsigned seconds)
    {
        ::mysql_options(&handle_, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
        ::mysql_options(&handle_, MYSQL_OPT_READ_TIMEOUT, &seconds);
        ::mysql_options(&handle_, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
        ::mysql_options(&handle_, MYSQL_READ_DEFAULT_GROUP, server.group.empty() ? "exim" : server.group.c_str());
        const auto or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
        if (!::mysql_real_connect(&handle_, or_null(server.host), or_null(server.user), or_null(server.password),
                                  or_null(server.database), server.port, or_null(server.socket),
                                  CLIENT_MULTI_RESULTS))
            return temporary("MYSQL connection failed: " + std::string(::mysql_error(&handle_)), Cause::refused);
        return {};
    }

    Result<Answer> ask(std::string_view query, std::size_t largest) override
    {
        if (::mysql_real_query(&handle_, query.data(), query.size()) != 0)
            return failed("query failed");
        MYSQL_RES* rows = ::mysql_store_result(&handle_);
        if (!rows)
            return ::mysql_field_count(&handle_) == 0
                       ? Result<Answer>(Answer::with(std::to_string(::mysql_affected_rows(&handle_))))
                       : failed("lookup result failed");
        auto answer = told(rows, largest);
        ::mysql_free_result(rows);
        // Procedures have a result of their own behind the rows.
        while (::mysql_next_result(&handle_) == 0)
            if (MYSQL_RES* more = ::mysql_store_result(&handle_))
                ::mysql_free_result(more);
        return answer;
    }

private:
    Error failed(const char* what)
    {
        const auto number = ::mysql_errno(&handle_);
        const bool is_gone = number == CR_SERVER_GONE_ERROR || number == CR_SERVER_LOST;
        return temporary("MYSQL: " + std::string(what) + ": " + ::mysql_error(&handle_),
                         is_gone ? Cause::closed : Cause::other);
    }

    static Result<Answer> told(MYSQL_RES* rows, std::size_t largest)
    {
        SqlText text(largest);
        const auto columns = ::mysql_num_fields(rows);
        const MYSQL_FIELD* fields = ::mysql_fetch_fields(rows);
        while (const MYSQL_ROW row = ::mysql_fetch_row(rows)) {
            const auto* lengths = ::mysql_fetch_lengths(rows);
            text.begin_row();
            for (unsigned i = 0; i < columns; ++i)
                text.add(fields[i].name, row[i] ? std::string_view(row[i], lengths[i]) : std::string_view(), columns);
            if (text.is_too_large())
                return temporary("MYSQL: the answer is too large (lookup_answer_size_max)");
        }
        return text.has_rows() ? Answer::with(std::move(text).take()) : Answer::none();
    }

    MYSQL handle_{};
};

Result<std::unique_ptr<ServerLink>> connect(const ServerSpec& server, unsigned seconds)
{
    auto made = std::make_unique<MysqlLink>();
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
