// sqlite: an SQL statement for a data base in a file (manual 9.26). The file is named by the option file=, by
// sqlite_dbfile, or, as it used to be, in front of the statement.

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "common/base/text.h"
#include "common/event/loop.h"
#include "common/lookup/file_check.h"
#include "common/lookup/lookup.h"
#include "common/lookup/sql_row.h"

namespace gp::lookup {
namespace {

// One open data base. Statements run on a thread, one at a time.
class DataBase {
public:
    static Result<std::shared_ptr<DataBase>> open(const std::string& path, std::int64_t lock_timeout)
    {
        auto made = std::make_shared<DataBase>();
        struct stat status {};
        // Exim would create a file that is missing and find nothing in it: a typing error would go unnoticed.
        if (::stat(path.c_str(), &status) != 0)
            return misconfigured("failed to open " + path + " for SQLite lookup: " + std::strerror(errno));
        made->device_ = status.st_dev;
        made->inode_ = status.st_ino;
        made->path_ = path;
        const int error = ::sqlite3_open_v2(path.c_str(), &made->db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
        if (error != SQLITE_OK)
            return misconfigured("failed to open " + path + " for SQLite lookup: " + ::sqlite3_errstr(error));
        ::sqlite3_busy_timeout(made->db_, static_cast<int>(lock_timeout * 1000));
        return made;
    }

    DataBase() = default;
    DataBase(const DataBase&) = delete;
    DataBase& operator=(const DataBase&) = delete;
    ~DataBase() { ::sqlite3_close(db_); }

    bool is_stale() const
    {
        struct stat status {};
        return ::stat(path_.c_str(), &status) != 0 || status.st_dev != device_ || status.st_ino != inode_;
    }

    Result<Answer> run(std::string_view statements, std::size_t largest)
    {
        SqlText text(largest);
        const std::string copy(statements); // sqlite3_prepare wants to see the end
        const char* rest = copy.c_str();
        while (rest && *rest) {
            sqlite3_stmt* prepared = nullptr;
            if (::sqlite3_prepare_v2(db_, rest, -1, &prepared, &rest) != SQLITE_OK)
                return failed();
            if (!prepared)
                break; // blanks or a comment
            auto status = step(prepared, text);
            ::sqlite3_finalize(prepared);
            TRY(std::move(status));
        }
        if (!text.has_rows())
            return Answer::none();
        return Answer::with(std::move(text).take());
    }

private:
    Error failed() const { return temporary("sqlite: " + std::string(::sqlite3_errmsg(db_))); }

    Status step(sqlite3_stmt* prepared, SqlText& text)
    {
        int result = SQLITE_OK;
        while ((result = ::sqlite3_step(prepared)) == SQLITE_ROW) {
            text.begin_row();
            const int columns = ::sqlite3_column_count(prepared);
            for (int i = 0; i < columns; ++i) {
                const auto* value = reinterpret_cast<const char*>(::sqlite3_column_text(prepared, i));
                text.add(::sqlite3_column_name(prepared, i), value ? value : "<NULL>", static_cast<std::size_t>(columns));
            }
            if (text.is_too_large())
                return temporary("sqlite: the answer is too large (lookup_answer_size_max)", Cause::too_big);
        }
        if (result != SQLITE_DONE)
            return failed();
        return {};
    }

    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    sqlite3* db_ = nullptr;
};

class Sqlite final : public Source {
public:
    explicit Sqlite(const Environment& environment) : environment_(environment) {}

    Result<Answer> find(const Question& question) override
    {
        std::string_view statement = question.key;
        std::string file(question.options.get("file"));
        if (file.empty() && statement.starts_with('/')) {
            TRY(check_clean(Text::from(std::string(statement), question.taint), "filename for search"));
            const auto end = std::min(statement.find_first_of(" \t\n"), statement.size());
            file = statement.substr(0, end);
            statement.remove_prefix(end);
        }
        if (file.empty())
            file = environment_.settings.sqlite_dbfile;
        if (!file.starts_with('/'))
            return misconfigured("absolute file name expected for \"sqlite\" lookup");
        const auto base = TRY(opened(file));
        Result<Answer> answer = Answer::none();
        const auto work = [&] {
            answer = base->run(trim_left(statement), static_cast<std::size_t>(environment_.settings.lookup_answer_size_max));
        };
        // A data base that is locked makes its reader wait.
        if (event::in_fiber())
            event::offload(work);
        else
            work();
        return answer;
    }

private:
    Result<std::shared_ptr<DataBase>> opened(const std::string& file)
    {
        auto& slot = bases_[file];
        if (!slot || slot->is_stale()) {
            auto made = DataBase::open(file, environment_.settings.sqlite_lock_timeout);
            if (!made) {
                bases_.erase(file);
                return std::move(made).error();
            }
            slot = std::move(*made);
        }
        return slot;
    }

    const Environment& environment_;
    std::map<std::string, std::shared_ptr<DataBase>> bases_;
};

Result<std::unique_ptr<Source>> open(const Environment& environment, const std::string&)
{
    return std::unique_ptr<Source>(std::make_unique<Sqlite>(environment));
}

Result<std::string> quote(std::string_view words, std::string_view variant)
{
    if (!variant.empty())
        return misconfigured("\"" + std::string(variant) + "\" unrecognized after \"${quote_sqlite\"");
    return replace_all(std::string(words), "'", "''");
}

const RegisterLookup self{{
    .name = "sqlite",
    .style = Style::query,
    .open = open,
    .quote = quote,
    .doc = "SQL for a data base in a file: sqlite,file=/path{select …}.",
}};

}
}
