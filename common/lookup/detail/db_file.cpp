#include "common/lookup/detail/db_file.h"

#include <db.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "common/config/list.h"
#include "common/lookup/file_check.h"

namespace gp::lookup {
namespace {

class DbFile final : public Source {
public:
    static Result<std::unique_ptr<Source>> open(const std::string& path, DbKey form)
    {
        auto opened = open_for_search(path, "DBM lookup", "dbm");
        if (!opened && opened.error().cause ==
                           Cause::not_found) // as the data base says it, for both have one text in Exim
            return temporary("failed to open " + path + " as a db (v4.1+) file: " + std::strerror(ENOENT),
                             Cause::not_found);
        auto checked = TRY(std::move(opened));
        auto made = std::make_unique<DbFile>();
        made->path_ = path;
        made->identity_ = FileIdentity(checked.status);
        made->form_ = form;
        if (::db_create(&made->db_, nullptr, 0) != 0)
            return temporary("Berkeley DB cannot be used");
        made->db_->set_errcall(made->db_, [](const DB_ENV*, const char*, const char*) {});
        const int error =
            made->db_->open(made->db_, nullptr, path.c_str(), nullptr, DB_UNKNOWN, DB_RDONLY, 0);
        if (error != 0)
            return temporary("failed to open " + path + " as a db (v4.1+) file: " + ::db_strerror(error));
        return std::unique_ptr<Source>(std::move(made));
    }

    DbFile() = default;
    DbFile(const DbFile&) = delete;
    DbFile& operator=(const DbFile&) = delete;
    ~DbFile() override
    {
        if (db_)
            db_->close(db_, 0);
    }

    Result<Answer> find(const Question& question) override
    {
        std::string key = key_of(question.key);
        DBT wanted{}, got{};
        wanted.data = key.data();
        wanted.size = static_cast<u_int32_t>(key.size());
        got.flags = DB_DBT_MALLOC;
        const int error = db_->get(db_, nullptr, &wanted, &got, 0);
        if (error == DB_NOTFOUND || error == DB_KEYEMPTY)
            return Answer::none();
        if (error != 0)
            return temporary(path_ + ": " + ::db_strerror(error));
        std::string data(static_cast<const char*>(got.data), got.size);
        std::free(got.data);
        // Exim's own tool ends the data with a zero octet as well.
        if (form_ == DbKey::with_zero && data.ends_with('\0'))
            data.pop_back();
        return Answer::with(std::move(data));
    }
    bool is_stale() const override { return FileIdentity::of(path_) != identity_; }

private:
    std::string key_of(std::string_view key) const
    {
        if (form_ == DbKey::plain)
            return std::string(key);
        if (form_ == DbKey::with_zero)
            return std::string(key) + '\0';
        std::string out;
        for (const auto& item : config::split_list(key)) {
            if (!out.empty())
                out += '\0';
            out += item;
        }
        return out;
    }

    std::string path_;
    FileIdentity identity_;
    DbKey form_ = DbKey::plain;
    DB* db_ = nullptr;
};

}

Result<std::unique_ptr<Source>> open_db_file(const std::string& path, DbKey form)
{
    return DbFile::open(path, form);
}

}
