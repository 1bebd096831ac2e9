// The module for pgsql: PostgreSQL's client library.

#include <libpq-fe.h>

#include "common/lookup/server_module.h"
#include "common/lookup/sql_row.h"

namespace gp::lookup {
namespace {

class PgsqlLink final : public ServerLink {
public:
    ~PgsqlLink() override { ::PQfinish(handle_); }

    Status connect(const ServerSpec& server, unsigned seconds)
    {
        std::string host = server.host, port = server.port ? std::to_string(server.port) : std::string();
        // "(/tmp/.s.PGSQL.5432)": the directory and the number of the port.
        if (!server.socket.empty()) {
            const auto slash = server.socket.rfind('/');
            const auto dot = server.socket.rfind('.');
            if (slash == std::string::npos || dot == std::string::npos || dot < slash)
                return misconfigured("PGSQL: \"" + server.socket +
                                     "\" is no path of a server's socket: /DIRECTORY/.s.PGSQL.5432");
            host = server.socket.substr(0, slash);
            port = server.socket.substr(dot + 1);
        }
        const std::string patience = std::to_string(seconds);
        const std::string limits = "-c statement_timeout=" + patience + "s";
        const char* names[] = {"host", "port", "dbname", "user", "password", "connect_timeout", "options",
                               "tcp_user_timeout", "client_encoding", nullptr};
        const std::string milliseconds = patience + "000";
        const char* values[] = {host.c_str(), port.c_str(), server.database.c_str(), server.user.c_str(),
                                server.password.c_str(), patience.c_str(), limits.c_str(), milliseconds.c_str(),
                                "SQL_ASCII", nullptr};
        handle_ = ::PQconnectdbParams(names, values, 0);
        if (::PQstatus(handle_) != CONNECTION_OK)
            return temporary("PGSQL connection failed: " + one_line(::PQerrorMessage(handle_)), Cause::refused);
        ::PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
        return {};
    }

    Result<Answer> ask(std::string_view query, std::size_t largest) override
    {
        PGresult* result = ::PQexec(handle_, std::string(query).c_str());
        auto answer = told(result, largest);
        ::PQclear(result);
        return answer;
    }

private:
    static std::string one_line(std::string text)
    {
        while (text.ends_with('\n'))
            text.pop_back();
        return text;
    }

    Result<Answer> told(PGresult* result, std::size_t largest)
    {
        switch (::PQresultStatus(result)) {
        case PGRES_EMPTY_QUERY:
        case PGRES_COMMAND_OK:
            return Answer::with(::PQcmdTuples(result));
        case PGRES_TUPLES_OK:
            break;
        default:
            return temporary("PGSQL: query failed: " + one_line(::PQresultErrorMessage(result)),
                             ::PQstatus(handle_) == CONNECTION_BAD ? Cause::closed : Cause::other);
        }
        SqlText text(largest);
        const int rows = ::PQntuples(result), columns = ::PQnfields(result);
        for (int row = 0; row < rows; ++row) {
            text.begin_row();
            for (int i = 0; i < columns; ++i)
                text.add(::PQfname(result, i),
                         std::string_view(::PQgetvalue(result, row, i),
                                          static_cast<std::size_t>(::PQgetlength(result, row, i))),
                         static_cast<std::size_t>(columns));
            if (text.is_too_large())
                return temporary("PGSQL: the answer is too large (lookup_answer_size_max)");
        }
        return text.has_rows() ? Answer::with(std::move(text).take()) : Answer::none();
    }

    PGconn* handle_ = nullptr;
};

Result<std::unique_ptr<ServerLink>> connect(const ServerSpec& server, unsigned seconds)
{
    auto made = std::make_unique<PgsqlLink>();
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
