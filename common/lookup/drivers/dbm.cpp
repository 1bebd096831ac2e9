// dbm, dbmnz, dbmjz: a Berkeley DB file of any kind, opened for reading only (manual 9.3). They differ in the
// key: with a zero octet at its end, without, or a list joined by zero octets.

#include <db.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "common/config/list.h"
#include "common/lookup/file_check.h"
#include "common/lookup/lookup.h"

namespace gp::lookup {
namespace {

enum class KeyForm { with_zero, plain, joined };

class DbFile final : public Source {
public:
    static Result<std::unique_ptr<Source>> open(const std::string& path, KeyForm form)
    {
        auto opened = open_for_search(path, "DBM lookup", "dbm");
        if (!opened && opened.error().cause == Cause::not_found) // as the data base says it, for both have one text in Exim
            return temporary("failed to open " + path + " as a db (v4.1+) file: " + std::strerror(ENOENT), Cause::not_found);
        auto checked = TRY(std::move(opened));
        auto made = std::make_unique<DbFile>();
        made->path_ = path;
        made->identity_ = FileIdentity(checked.status);
        made->form_ = form;
        if (::db_create(&made->db_, nullptr, 0) != 0)
            return temporary("Berkeley DB cannot be used");
        made->db_->set_errcall(made->db_, [](const DB_ENV*, const char*, const char*) {});
        const int error = made->db_->open(made->db_, nullptr, path.c_str(), nullptr, DB_UNKNOWN, DB_RDONLY, 0);
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
        if (form_ == KeyForm::with_zero && data.ends_with('\0'))
            data.pop_back();
        return Answer::with(std::move(data));
    }
    bool is_stale() const override { return FileIdentity::of(path_) != identity_; }

private:
    std::string key_of(std::string_view key) const
    {
        if (form_ == KeyForm::plain)
            return std::string(key);
        if (form_ == KeyForm::with_zero)
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
    KeyForm form_ = KeyForm::plain;
    DB* db_ = nullptr;
};

const RegisterLookup dbm{{
    .name = "dbm",
    .style = Style::file,
    .open = [](const Environment&, const std::string& path) { return DbFile::open(path, KeyForm::with_zero); },
    .doc = "A Berkeley DB file whose keys end in a zero octet, as exim_dbmbuild writes it.",
}};

const RegisterLookup dbmnz{{
    .name = "dbmnz",
    .style = Style::file,
    .open = [](const Environment&, const std::string& path) { return DbFile::open(path, KeyForm::plain); },
    .doc = "A Berkeley DB file whose keys do not end in a zero octet.",
}};

const RegisterLookup dbmjz{{
    .name = "dbmjz",
    .style = Style::file,
    .open = [](const Environment&, const std::string& path) { return DbFile::open(path, KeyForm::joined); },
    .doc = "A Berkeley DB file; the key is a list, its items joined by zero octets.",
}};

}
}
