-- The role under which Fuwuquan works, in an empty database; run by an administrator, once:
--   DB_PASSWORD=… psql -v ON_ERROR_STOP=1 -d fuwuquan -f database.sql
-- It may make and own schemas (a workspace each) in this database and nothing else.
\set ON_ERROR_STOP on
\getenv password DB_PASSWORD
SELECT current_database() AS database \gset
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE ROLE fuwuquan LOGIN PASSWORD :'password'
  NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE :"database" TO fuwuquan;
-- QGIS looks for the styles of all layers in one table there.
GRANT USAGE, CREATE ON SCHEMA public TO fuwuquan;
