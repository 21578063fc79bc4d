#!/bin/sh
# As the official image: an empty volume becomes a server with one database and one user, whose password is in a file.
set -eu
chown mysql: /var/lib/mysql
install -d -o mysql -g mysql /run/mysqld
if [ ! -d /var/lib/mysql/mysql ]; then
  mariadb-install-db --user=mysql --skip-test-db >/dev/null
  password="$(cat "$MARIADB_PASSWORD_FILE")"
  cat >/tmp/first.sql <<SQL
CREATE DATABASE $MARIADB_DATABASE;
CREATE USER '$MARIADB_USER'@'%' IDENTIFIED BY '$password';
GRANT ALL ON $MARIADB_DATABASE.* TO '$MARIADB_USER'@'%';
SQL
  set -- "$@" --init-file=/tmp/first.sql
fi
exec mariadbd --user=mysql --bind-address=0.0.0.0 "$@"
